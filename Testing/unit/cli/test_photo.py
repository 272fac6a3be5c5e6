"""``lightm segment`` and ``lightm evaluate`` of photographs, and of scans by models for images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from LightMSegmentationLib.cli.main import main
from LightMSegmentationLib.imaging.photo import read_mask

from Testing.data.checkpoints import write_vm_unet
from Testing.data.dicom_files import write_series
from Testing.data.photos import skin_photo, write_mask_file, write_photo
from Testing.unit.batch.small_scans import small_scan


@pytest.fixture(autouse=True)
def _models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTM_MODELS", str(tmp_path / "models"))
    main(["models", "add", str(write_vm_unet(tmp_path / "skin.pth"))])
    main(["models", "add", str(write_vm_unet(tmp_path / "organs.pth", classes=9))])


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return write_photo(tmp_path / "lesion.jpg", skin_photo()[0])


def test_a_photograph_becomes_a_mask_and_an_overlay(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mask, overlay = tmp_path / "mask.png", tmp_path / "overlay.png"
    words = ["segment", str(photo), "--model", "skin", "-o", str(mask), "--preview", str(overlay)]
    assert main(words) == 0
    assert read_mask(mask).shape == (96, 128)
    assert set(np.unique(read_mask(mask))) <= {0, 255}
    assert overlay.is_file()
    assert capsys.readouterr().out.splitlines()[-1].startswith("Of the picture: lesion ")


def test_the_default_for_photographs_is_taken(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["segment", str(photo), "-o", str(tmp_path / "mask.png")]
    assert main(words) == 4
    assert "No model for photographs was chosen" in capsys.readouterr().err
    assert main(["models", "default", "skin"]) == 0
    assert main(words) == 0


@pytest.mark.parametrize(
    "words",
    [["--model", "organs"], ["--model", "skin", "--table", "t.csv"], ["--model", "skin", "-o", "mask.nii.gz"]],
)
def test_what_does_not_fit_a_photograph_gets_a_sentence(
    photo: Path, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["segment", str(photo), *words]) in {2, 3}
    assert capsys.readouterr().err.count("\n") == 1


def test_a_multi_organ_model_writes_its_own_labels(tmp_path: Path, phantom, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "organs.nii.gz"
    assert main(["segment", str(phantom.path), "--model", "organs", "-o", str(out)]) == 0
    labels = sitk.ReadImage(str(out))
    assert labels.GetSize() == sitk.ReadImage(str(phantom.path)).GetSize()
    *_, legend, volumes = capsys.readouterr().out.splitlines()
    assert legend.startswith("The labels are: 1 aorta, 2 gallbladder, 3 left kidney, 4 right kidney, 5 liver, ")
    assert volumes.startswith("Volumes: ")


def test_a_multi_organ_model_writes_segments_volumes_and_a_preview(
    tmp_path: Path, phantom, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"-o": "o.seg.nrrd", "--table": "t.csv", "--preview": "p.png", "--report": "r.json"}
    places = [word for option, name in names.items() for word in (option, str(tmp_path / name))]
    assert main(["segment", str(phantom.path), "--model", "organs", *places]) == 0

    image = sitk.ReadImage(str(tmp_path / "o.seg.nrrd"))
    assert [image.GetMetaData(f"Segment{number}_Name") for number in (0, 4)] == ["aorta", "liver"]
    rows = (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[0] for row in rows[1:4]] == ["aorta", "gallbladder", "left kidney"]
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert report["findings"] is None
    assert report["segments"][4]["labels"] == [5]
    assert (tmp_path / "p.png").stat().st_size > 1000
    assert "The labels are" not in capsys.readouterr().out


def test_dicom_of_a_class_without_a_code_gets_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ct = write_series(tmp_path / "ct", small_scan(3))
    checkpoint = write_vm_unet(tmp_path / "things.pth", classes=3)
    assert main(["models", "add", str(checkpoint), "--source", "ct", "--labels", "background,spleen,thing"]) == 0
    assert main(["segment", str(ct), "--model", "things", "-o", str(tmp_path / "o.dcm")]) == 2
    assert "No code is known for the model's class thing." in capsys.readouterr().err


def test_masks_are_compared_one_by_one_or_folder_by_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in range(2):
        _, mask = skin_photo(seed=seed)
        write_mask_file(tmp_path / "truth" / f"ISIC_{seed}_segmentation.png", mask)
        write_mask_file(tmp_path / "mine" / f"ISIC_{seed}.png", mask & (np.arange(128) < 60))
    assert main(["evaluate", str(tmp_path / "mine"), str(tmp_path / "truth"), "--json"]) == 0
    both = json.loads(capsys.readouterr().out)
    assert (both["pictures"], both["specificity"]) == (2, 1.0)
    assert 0 < both["miou"] < both["dsc"] < 1
    names = [str(tmp_path / part) for part in ("mine/ISIC_0.png", "truth/ISIC_0_segmentation.png")]
    assert main(["evaluate", *names]) == 0
    assert capsys.readouterr().out.startswith("pictures     1\nmiou         0.")


def test_a_mask_without_its_reference_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, mask = skin_photo()
    write_mask_file(tmp_path / "truth" / "a.png", mask)
    write_mask_file(tmp_path / "mine" / "b.png", mask)
    assert main(["evaluate", str(tmp_path / "mine"), str(tmp_path / "truth")]) == 2
    assert "b has no reference" in capsys.readouterr().err


def test_organs_are_compared_class_by_class(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = np.zeros((6, 8, 10), np.uint8), np.zeros((6, 8, 10), np.uint8)
    ours[1:3], theirs[1:3], theirs[3:5] = 1, 1, 2
    for name, array in (("ours", ours), ("theirs", theirs)):
        sitk.WriteImage(sitk.GetImageFromArray(array), str(tmp_path / f"{name}.nii.gz"))
    names = [str(tmp_path / f"{name}.nii.gz") for name in ("ours", "theirs")]
    assert main(["evaluate", *names, "--labels", "spleen,stomach,aorta", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["spleen"]["dice"], found["stomach"]["dice"]) == (1.0, 0.0)
    assert found["mean"] == {"dice": 0.5, "hd95_mm": 0.0}
    assert main(["evaluate", *names, "--labels", "spleen"]) == 3


def test_x_rays_are_compared_with_both_lungs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    columns = np.arange(20)[None].repeat(10, axis=0)
    write_mask_file(tmp_path / "data/CXR_png/MCUCXR_1.png", columns > 30)
    for side, mask in (("left", columns < 5), ("right", columns >= 15)):
        write_mask_file(tmp_path / f"data/ManualMask/{side}Mask/MCUCXR_1.png", mask)
    write_mask_file(tmp_path / "mine/MCUCXR_1.png", (columns < 5) | (columns >= 15))
    assert main(["evaluate", str(tmp_path / "mine"), str(tmp_path / "data"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["miou"] == 1.0
