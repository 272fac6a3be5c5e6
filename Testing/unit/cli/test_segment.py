"""``lightm segment`` from a scan to files, with a small model."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK as sitk
from LightMSegmentationLib.cli.main import main
from LightMSegmentationLib.cli.same_grid import on_grid_of
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.label_file import read_labels
from PIL import Image

from Testing.data.bad_inputs import BAD_INPUTS, BadInput
from Testing.data.dicom_files import write_series

if TYPE_CHECKING:
    from collections.abc import Callable

    from Testing.unit.cli.conftest import Phantom

Segment = "Callable[..., int]"


@pytest.fixture
def segment(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Return a function that runs ``lightm segment`` in an empty folder, quickly."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> int:
        words = [str(argument) for argument in arguments]
        defaults = {"--model": model, "--mode": "fast"}
        given = [word for name, value in defaults.items() if name not in words for word in (name, value)]
        return main(["segment", *words, *given])

    return run


def liver_dice(path: Path, truth: Volume) -> float:
    """Return the Dice of the liver with its tumors in a file against the truth."""
    found = on_grid_of(truth, read_labels(path), allow_resampling=False).array > 0
    true = truth.array > 0
    return 2 * np.count_nonzero(found & true) / (np.count_nonzero(found) + np.count_nonzero(true))


@pytest.mark.parametrize("ending", [".seg.nrrd", ".nii.gz", ".nrrd", ".mha"])
def test_every_form_holds_the_liver_where_it_is(segment: Segment, phantom: Phantom, tmp_path: Path, ending: str):
    out = tmp_path / f"liver{ending}"
    assert segment(phantom.path, "-o", out) == 0
    assert liver_dice(out, phantom.labels) > 0.5
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize("mode", ["full", "best"])
def test_full_and_best_mode_delineate_what_was_found(segment: Segment, phantom: Phantom, tmp_path: Path, mode: str):
    report = tmp_path / "run.json"
    assert segment(phantom.path, "-o", tmp_path / "liver.mha", "--mode", mode, "--report", report) == 0
    assert liver_dice(tmp_path / "liver.mha", phantom.labels) > 0.5
    document = json.loads(report.read_text(encoding="utf-8"))
    assert document["mode"] == mode
    assert {"locate", "delineate"} <= document["timings_s"].keys()


def test_the_report_says_what_ran_what_was_found_and_where_it_is(
    segment: Segment, phantom: Phantom, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    outputs = {"segmentation": "out/liver.nrrd", "table": "out/t.csv", "preview": "p.png", "report": "out/r.json"}
    assert (
        segment(
            phantom.path, "-o", "out/liver.nrrd", "--table", "out/t.csv", "--preview", "p.png", "--report", "out/r.json"
        )
        == 0
    )
    document = json.loads((tmp_path / "out" / "r.json").read_text(encoding="utf-8"))
    assert document["status"] == "segmented"
    assert document["device"] == "cpu"
    assert document["backend"]
    assert document["model"]["name"] == "tiny"
    assert len(document["model"]["weights_sha256"]["coarse"]) == 64
    assert {"lightm", "python", "platform", "torch", "numpy", "SimpleITK", "numba"} <= document["versions"].keys()
    assert document["scan"] == {"size": list(phantom.hu.grid.size), "spacing_mm": [6.0, 6.0, 6.0]}
    assert {"read", "load-model", "locate", "write", "total"} <= document["timings_s"].keys()
    assert document["peak_memory_mib"] > 50
    written = {name: (tmp_path / "out" / path).resolve() for name, path in document["outputs"].items()}
    assert written == {name: tmp_path / path for name, path in outputs.items()}
    assert all(path.is_file() for path in written.values())
    assert document["findings"]["liver_volume_ml"] > 500
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith(f"Liver {document['findings']['liver_volume_ml']:.0f} mL")


def test_the_report_names_no_input_and_no_folder(segment: Segment, phantom: Phantom, tmp_path: Path):
    source = tmp_path / "Ward 7" / "DOE_JOHN.nii.gz"
    source.parent.mkdir()
    source.write_bytes(phantom.path.read_bytes())
    assert segment(source, "-o", "liver.mha", "--report", "run.json") == 0
    text = (tmp_path / "run.json").read_text(encoding="utf-8")
    assert "DOE" not in text
    assert "Ward 7" not in text


def test_the_table_and_the_picture_show_the_same_liver(segment: Segment, phantom: Phantom, tmp_path: Path):
    assert segment(phantom.path, "-o", "l.mha", "--table", "t.csv", "--preview", "p.png") == 0
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    labels = read_labels(tmp_path / "l.mha")
    assert float(rows[0]["volume_ml"]) == pytest.approx(np.count_nonzero(labels.array) * 0.216, abs=0.01)
    with Image.open(tmp_path / "p.png") as picture:
        assert picture.format == "PNG"
        assert min(picture.size) > 400


def test_without_a_name_the_result_is_named_after_the_scan_in_this_folder(
    segment: Segment, phantom: Phantom, tmp_path: Path
):
    assert segment(phantom.path) == 0
    assert segment(phantom.path) == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["scan_segmentation.seg.nrrd", "scan_segmentation_2.seg.nrrd"]


def test_an_older_result_is_replaced(segment: Segment, phantom: Phantom, tmp_path: Path):
    out = tmp_path / "liver.mha"
    out.write_text("older")
    assert segment(phantom.path, "-o", out) == 0
    assert liver_dice(out, phantom.labels) > 0.5


@pytest.mark.parametrize("folder", ["Größe 肝 ñ", "a b'c\"d" if os.name != "nt" else "a b", "x" * 100])
def test_unusual_names_work(segment: Segment, phantom: Phantom, tmp_path: Path, folder: str):
    deep = tmp_path / folder / folder / folder
    deep.mkdir(parents=True)
    source = deep / "scán 肝.nii.gz"
    source.write_bytes(phantom.path.read_bytes())
    assert segment(source, "-o", deep / "肝.nrrd", "--preview", deep / "ü.png", "--report", deep / "é.json") == 0
    assert liver_dice(deep / "肝.nrrd", phantom.labels) > 0.5


def test_a_turned_and_slanted_scan_gets_its_liver_where_it_is(segment: Segment, phantom: Phantom, tmp_path: Path):
    slant = sitk.VersorTransform((1.0, 2.0, 3.0), 0.2).GetMatrix()
    grid = replace(phantom.hu.grid, direction=slant)
    images = [
        sitk.PermuteAxes(Volume(volume.array, grid).to_image(), (2, 0, 1)) for volume in (phantom.hu, phantom.labels)
    ]
    sitk.WriteImage(sitk.Flip(images[0], (True, False, False)), "turned.nrrd")
    assert segment("turned.nrrd", "-o", "liver.nii.gz") == 0
    truth = Volume.of_image(sitk.Flip(images[1], (True, False, False)))
    assert liver_dice(tmp_path / "liver.nii.gz", truth) > 0.4


def test_the_series_asked_for_is_taken_from_a_mixed_folder(segment: Segment, phantom: Phantom, tmp_path: Path):
    write_series(tmp_path / "dicom" / "a", phantom.hu, uid="1.2.3.1")
    empty = Volume(np.where(phantom.hu.array > 0, np.int16(-1000), phantom.hu.array), phantom.hu.grid)
    write_series(tmp_path / "dicom" / "b", empty, uid="1.2.3.2")
    assert segment("dicom", "--series", "1.2.3.1", "-o", "liver.nrrd") == 0
    assert liver_dice(tmp_path / "liver.nrrd", phantom.labels) > 0.5


def test_notes_go_to_the_error_stream_and_into_the_report(
    segment: Segment, phantom: Phantom, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    values = phantom.hu.array.astype(np.float32)
    values[0, 0, :10] = np.nan
    sitk.WriteImage(Volume(values, phantom.hu.grid).to_image(), "nan.nrrd")
    assert segment("nan.nrrd", "-o", "liver.nrrd", "--report", "r.json") == 0
    (note,) = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["notes"]
    assert f"Note: {note}" in capsys.readouterr().err


def test_no_liver_is_a_result_with_reasons(
    segment: Segment, phantom: Phantom, blind_model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    arguments = (
        "-o",
        "liver.mha",
        "--table",
        "t.csv",
        "--report",
        "r.json",
        "--preview",
        "p.png",
        "--model",
        blind_model,
    )
    assert segment(phantom.path, *arguments) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.json", "t.csv"]
    document = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert document["status"] == "no-liver"
    assert document["no_liver_reasons"]
    assert len((tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()) == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("No liver found")
    assert document["no_liver_reasons"][0].rstrip(".") in last


def test_no_liver_leaves_an_older_result_and_says_so(
    segment: Segment, phantom: Phantom, blind_model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "liver.mha").write_text("older")
    assert segment(phantom.path, "-o", "liver.mha", "--model", blind_model) == 0
    assert (tmp_path / "liver.mha").read_text() == "older"
    assert "Left as it was, from an earlier run: liver.mha" in capsys.readouterr().out


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=str)
def test_a_bad_input_ends_with_3_one_sentence_and_no_file(
    segment: Segment, bad: BadInput, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    (tmp_path / "in").mkdir()
    source = bad.make(tmp_path / "in")
    (tmp_path / "liver.mha").write_text("older")
    assert segment(source, "-o", "liver.mha", "--table", "t.csv", "--preview", "p.png", "--report", "r.json") == 3
    captured = capfd.readouterr()
    sentence = captured.err.splitlines()[-1]
    assert captured.out == ""
    assert sentence.startswith("lightm: ")
    assert all(piece.lower() in sentence.lower() for piece in bad.says)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "liver.mha"]
    assert (tmp_path / "liver.mha").read_text() == "older"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("-o", "liver.stl"), 2),
        (("-o", "liver.mha", "--preview", "p.jpg"), 2),
        (("-o", "same.json", "--report", "same.json"), 2),
        (("-o", "a-file/liver.mha"), 3),
        (("-o", "a-folder.mha"), 3),
        (("-o", "liver.mha", "--backend", "abacus"), 4),
        (("-o", "liver.mha", "--device", "cuda"), 4),
        (("-o", "liver.mha", "--model", "no-such-model"), 4),
        (("-o", "liver.mha", "--model", "no-such-card.json"), 4),
    ],
)
def test_what_cannot_be_done_ends_at_once(
    segment: Segment,
    phantom: Phantom,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
):
    import torch

    if "cuda" in arguments and torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    (tmp_path / "a-file").touch()
    (tmp_path / "a-folder.mha").mkdir()
    assert segment(phantom.path, *arguments) == code
    assert capsys.readouterr().err.splitlines()[-1].startswith("lightm: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-file", "a-folder.mha"]


def test_a_series_can_not_be_chosen_from_a_single_file(
    segment: Segment, phantom: Phantom, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert segment(phantom.path, "-o", "liver.mha", "--series", "1.2.3") == 2
    told = capsys.readouterr().err
    assert "'scan.nii.gz' is a single file, which holds no series to choose. Leave --series out" in told
    assert list(tmp_path.iterdir()) == []


class Payload:
    """What a malicious pickle would run."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("executed"),)


def _pickled(path: Path) -> None:
    import pickle

    path.write_bytes(pickle.dumps(Payload()))


def _torch_saved(path: Path) -> None:
    import torch

    torch.save({"weights": Payload()}, path)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def _changed(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("honest_hash", [False, True])
@pytest.mark.parametrize("damage", [Path.unlink, _cut, _changed, _pickled, _torch_saved])
def test_damaged_weights_end_with_4_and_are_never_executed(
    segment: Segment,
    phantom: Phantom,
    model: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], None],
    honest_hash: bool,
):
    import hashlib

    folder = tmp_path / "model"
    folder.mkdir()
    card = folder / "tiny.json"
    weights = folder / "tiny.safetensors"
    weights.write_bytes(Path(model).with_name(weights.name).read_bytes())
    text = Path(model).read_text(encoding="utf-8")
    damage(weights)
    if honest_hash:
        if not weights.exists() or damage is _changed:
            pytest.skip("without a file, or with one of the right form, there is nothing to tell but the hash")
        stages = json.loads(text)["stages"]
        text = text.replace(stages["coarse"]["sha256"], hashlib.sha256(weights.read_bytes()).hexdigest())
    card.write_text(text, encoding="utf-8")
    assert segment(phantom.path, "-o", "liver.mha", "--model", card) == 4
    assert "tiny.safetensors" in capsys.readouterr().err.splitlines()[-1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model"]
