"""``lightm evaluate --cases`` pairs the files of a folder by name and scores them all."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK as sitk
from LightMSegmentationLib.cli.case_pairs import find_pairs
from LightMSegmentationLib.cli.main import main
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

GRID = Grid((24, 20, 16), (2.0, 2.0, 3.0), (-30.0, 10.0, 100.0))


def labels(*, tumor: bool, shift: int = 0) -> Volume:
    array = np.zeros(GRID.shape, dtype=np.uint8)
    array[3:13, 5:15, 5 + shift : 15 + shift] = 1
    if tumor:
        array[5:9, 7:11, 7 + shift : 11 + shift] = 2
    return Volume(array, GRID)


def saved(path: Path, volume: Volume) -> Path:
    path.parent.mkdir(exist_ok=True)
    sitk.WriteImage(volume.to_image(), str(path), useCompression=True)
    return path


@pytest.fixture
def experts(tmp_path: Path) -> Path:
    """Two references, one with a tumor, and one scan."""
    saved(tmp_path / "experts" / "a_label.nii.gz", labels(tumor=True))
    saved(tmp_path / "experts" / "b_label.nii.gz", labels(tumor=False))
    saved(tmp_path / "experts" / "a_ct.nii.gz", Volume(np.full(GRID.shape, 40, np.int16), GRID))
    return tmp_path / "experts"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """One prediction a voxel aside, one that is right."""
    saved(tmp_path / "results" / "a.nrrd", labels(tumor=True, shift=1))
    saved(tmp_path / "results" / "b.mha", labels(tumor=False))
    return tmp_path / "results"


def test_table_document_and_picture_are_written(
    results: Path, experts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "new" / "evaluation"
    assert main(["evaluate", "--cases", str(results), "--references", str(experts), "-o", str(output)]) == 0
    assert sorted(path.name for path in output.iterdir()) == ["scores.csv", "scores.json", "sheet.png"]
    document = json.loads((output / "scores.json").read_text(encoding="utf-8"))
    assert [case["liver"]["dice"] for case in document["cases"]] == pytest.approx([0.9, 1.0])
    assert document["mean"]["tumor"]["dice"] == pytest.approx(0.75)
    with (output / "scores.csv").open(encoding="utf-8", newline="") as file:
        assert [row["case"] for row in csv.DictReader(file)] == ["a", "b", "mean"]
    assert sitk.ReadImage(str(output / "sheet.png")).GetWidth() > 1000
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:2] == ["a", "0.9000"]
    assert "no tumor" in lines[2]
    assert lines[3].split()[:2] == ["mean", "0.9500"]


def test_json_goes_to_standard_output(results: Path, experts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--cases", str(results), "--references", str(experts), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["mean"]["cases"] == 2


def test_everything_may_lie_in_one_folder(tmp_path: Path) -> None:
    names = ("a_ct.nii.gz", "a_label.nii.gz", "a_ct.seg.nrrd", "b_label.nrrd", "b.nii.gz", "notes.txt", "c_label.mha")
    for name in names:
        (tmp_path / name).touch()
    a, b = find_pairs(tmp_path)
    assert (a.name, a.prediction.name, a.reference.name) == ("a", "a_ct.seg.nrrd", "a_label.nii.gz")
    assert a.scan is not None
    assert a.scan.name == "a_ct.nii.gz"
    assert (b.prediction.name, b.reference.name, b.scan) == ("b.nii.gz", "b_label.nrrd", None)


def test_label_maps_named_after_their_scans_are_predictions_in_a_folder_of_their_own(
    tmp_path: Path, experts: Path
) -> None:
    saved(tmp_path / "batch" / "a_ct.nii.gz", labels(tumor=True))
    (pair,) = find_pairs(tmp_path / "batch", experts)
    assert (pair.name, pair.reference.name) == ("a", "a_label.nii.gz")


def test_references_may_have_the_names_of_the_predictions(tmp_path: Path, results: Path) -> None:
    for name in ("a.nii.gz", "b.nii.gz"):
        saved(tmp_path / "same" / name, labels(tumor=True))
    assert [pair.reference.name for pair in find_pairs(results, tmp_path / "same")] == ["a.nii.gz", "b.nii.gz"]


def test_a_prediction_without_a_reference_is_named(results: Path, experts: Path) -> None:
    (experts / "b_label.nii.gz").unlink()
    with pytest.raises(UnusableInputError, match="no reference for b in"):
        find_pairs(results, experts)


def test_two_predictions_for_one_case_are_refused(results: Path, experts: Path) -> None:
    saved(results / "a.nii.gz", labels(tumor=False))
    with pytest.raises(UnusableInputError, match=r"a\.nii\.gz and a\.nrrd are of the same case"):
        find_pairs(results, experts)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--cases", "RESULTS"], 3),
        (["--cases", "EMPTY", "--references", "EXPERTS"], 3),
        (["--cases", "MISSING", "--references", "EXPERTS"], 3),
        (["--cases", "RESULTS", "--references", "MISSING"], 3),
        (["FILE", "--cases", "RESULTS"], 2),
        (["FILE"], 2),
        ([], 2),
        (["FILE", "FILE", "-o", "EMPTY"], 2),
    ],
)
def test_bad_input_is_one_sentence(
    words: list[str], code: int, results: Path, experts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"RESULTS": results, "EXPERTS": experts, "EMPTY": tmp_path / "empty", "MISSING": tmp_path / "missing"}
    places["FILE"] = results / "a.nrrd"
    assert main(["evaluate", *(str(places.get(word, word)) for word in words)]) == code
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_file_that_is_no_segmentation_leaves_nothing_behind(results: Path, experts: Path, tmp_path: Path) -> None:
    (results / "b.mha").write_text("no image")
    assert main(["evaluate", "--cases", str(results), "--references", str(experts), "-o", str(tmp_path / "out")]) == 3
    assert not (tmp_path / "out").exists()
