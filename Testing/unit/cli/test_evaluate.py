"""``lightm evaluate`` compares files of one scan, whatever their form, orientation and extent."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK as sitk
from LightMSegmentationLib.cli.main import main
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

GRID = Grid((24, 20, 16), (2.0, 2.0, 3.0), (-30.0, 10.0, 100.0))


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """Return the file of a liver of 1000 voxels with a tumor of 64."""
    return saved(tmp_path / "truth.nii.gz", labels())


def labels(shift: int = 0) -> Volume:
    array = np.zeros(GRID.shape, dtype=np.uint8)
    array[3:13, 5:15, 5 + shift : 15 + shift] = 1
    array[5:9, 7:11, 7 + shift : 11 + shift] = 2
    return Volume(array, GRID)


def saved(path: Path, volume: Volume) -> Path:
    sitk.WriteImage(volume.to_image(), str(path), useCompression=True)
    return path


def scores(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, dict[str, float]]:
    assert main(["evaluate", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_shift_by_one_voxel_has_the_scores_that_paper_and_pencil_give(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    found = scores(capsys, saved(tmp_path / "p.mha", labels(shift=1)), truth)
    assert found["liver"]["dice"] == pytest.approx(0.9)
    assert found["liver"]["iou"] == pytest.approx(900 / 1100)
    assert found["liver"]["hd95_mm"] == pytest.approx(2.0)
    assert found["liver"]["reference_ml"] == pytest.approx(12.0)
    assert found["tumor"]["dice"] == pytest.approx(0.75)
    assert sum(size["found"] for size in found["lesions"]) == 1


def test_people_get_a_table(truth: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["evaluate", str(truth), str(truth)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:3]] == [["liver", "1.0000"], ["tumor", "1.0000"]]
    assert lines[3] == "lesions of 10 to 20 mm: 1 of 1 found, 0 false"


def test_another_order_of_axes_is_the_same_segmentation(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    turned = sitk.Flip(sitk.PermuteAxes(labels().to_image(), (2, 0, 1)), (True, False, True))
    sitk.WriteImage(turned, str(tmp_path / "turned.nrrd"))
    assert scores(capsys, tmp_path / "turned.nrrd", truth)["liver"]["dice"] == 1.0


def test_a_part_of_the_scan_is_compared_where_it_lies(truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    part = sitk.RegionOfInterest(labels().to_image(), (18, 14, 12), (3, 3, 2))
    sitk.WriteImage(part, str(tmp_path / "part.nrrd"))
    assert scores(capsys, tmp_path / "part.nrrd", truth)["liver"]["dice"] == 1.0


def test_another_grid_is_refused_in_a_sentence_and_resampled_when_asked(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    shifted = saved(tmp_path / "s.mha", Volume(labels().array, replace(GRID, origin=(-30.7, 10.0, 100.0))))
    assert main(["evaluate", str(shifted), str(truth)]) == 3
    assert "different grids" in capsys.readouterr().err
    assert 0.9 < scores(capsys, shifted, truth, "--resample")["liver"]["dice"] <= 1.0


@pytest.mark.parametrize("with_tumor", [True, False])
def test_a_slicer_segmentation_is_read_by_the_names_of_its_segments(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], with_tumor: bool
):
    array = labels().array
    layers = np.stack([array > 0 if with_tumor else array == 1, array == 2], axis=-1).astype(np.uint8)
    image = sitk.GetImageFromArray(layers, isVector=True)
    image.CopyInformation(labels().to_image())
    for number, name in enumerate(("Liver", "Liver Tumour")):
        for key, value in (("Name", name), ("LabelValue", "1"), ("Layer", str(number))):
            image.SetMetaData(f"Segment{number}_{key}", value)
    sitk.WriteImage(image, str(tmp_path / "s.seg.nrrd"))
    found = scores(capsys, tmp_path / "s.seg.nrrd", truth)
    assert (found["liver"]["dice"], found["tumor"]["dice"]) == (1.0, 1.0)


def test_what_slicer_core_writes_is_read_back_exactly(truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    slicer = pytest.importorskip("slicer", reason="slicer-core is not installed")
    from LightMSegmentationLib.provenance import Provenance
    from LightMSegmentationLib.scene.segments import write_segments
    from LightMSegmentationLib.scene.volume_node import add_volume_node

    scene = slicer.vtkMRMLScene()
    slicer.vtkSlicerSegmentationsModuleLogic().SetMRMLScene(scene)
    node = write_segments(None, add_volume_node(scene, labels(), "scan"), labels(), Provenance())
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(tmp_path / "s.seg.nrrd"))
    assert storage.WriteData(node)
    found = scores(capsys, tmp_path / "s.seg.nrrd", truth)
    assert (found["liver"]["dice"], found["tumor"]["dice"]) == (1.0, 1.0)


def _missing(path: Path) -> None:
    path.unlink(missing_ok=True)


def _text(path: Path) -> None:
    path.write_text("no image")


def _other_values(path: Path) -> None:
    saved(path, Volume(labels().array * 100, GRID))


def _flat(path: Path) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(labels().array[0]), str(path))


def _four_dimensions(path: Path) -> None:
    sitk.WriteImage(sitk.GetImageFromArray(np.stack([labels().array] * 2)), str(path))


@pytest.mark.parametrize("spoil", [_missing, _text, _other_values, _flat, _four_dimensions])
def test_what_is_no_segmentation_ends_with_3(
    truth: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], spoil: object
):
    bad = tmp_path / "bad.nrrd"
    spoil(bad)
    assert main(["evaluate", str(bad), str(truth)]) == 3
    captured = capfd.readouterr()
    assert "bad.nrrd" in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_segments_that_are_no_liver_are_named(truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    image = labels().to_image()
    image.SetMetaData("Segment0_Name", "spleen")
    sitk.WriteImage(image, str(tmp_path / "s.seg.nrrd"))
    assert main(["evaluate", str(tmp_path / "s.seg.nrrd"), str(truth)]) == 3
    assert "its segments are: spleen" in capsys.readouterr().err
