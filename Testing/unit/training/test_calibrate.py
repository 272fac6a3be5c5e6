"""A calibration is fitted to training patients, case by case, and what inference then reads."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import SimpleITK as sitk
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.inference.model import load_model
from LightMSegmentationLib.inference.model_card import read_model_card
from LightMSegmentationLib.inference.segment_volume import segment_volume
from LightMSegmentationLib.inference.settings import Mode, SegmentationSettings
from LightMSegmentationLib.progress import SilentMonitor
from LightMSegmentationLib.training import calibrate
from LightMSegmentationLib.training.cases import Case

from Testing.data.phantom import abdomen_phantom
from Testing.data.tiny_model import write_tiny_model

pytest.importorskip("matplotlib", reason="the diagram needs matplotlib, of the extra train")

TUMORS = {"one": (25.0, 50.0), "two": (30.0, 60.0)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("calibration")


@pytest.fixture(scope="module")
def card(folder: Path) -> Path:
    return write_tiny_model(folder)


@pytest.fixture(scope="module")
def cases(folder: Path) -> list[Case]:
    """Two training patients."""
    return [a_case(folder, name, seed) for seed, name in enumerate(TUMORS)]


def a_case(folder: Path, name: str, seed: int) -> Case:
    scan, labels = abdomen_phantom(seed=seed, spacing=(6.0, 6.0, 6.0), tumor_diameters=TUMORS[name])
    paths = folder / f"{name}_ct.nii.gz", folder / f"{name}_label.nii.gz"
    for volume, path in zip((scan, labels), paths, strict=True):
        sitk.WriteImage(volume.to_image(), str(path))
    return Case(name, name, "train", "liver+tumor", "portal venous", "synthetic", "none", *paths)


def test_one_scan_of_each_training_patient_with_tumor_labels_is_taken(cases: list[Case]) -> None:
    one, two = cases
    others = [
        replace(one, name="one again"),
        replace(one, name="v", patient="v", split="validation"),
        replace(one, name="l", patient="l", labels="liver"),
    ]
    assert calibrate.training_cases([*cases, *others]) == [one, two]


def test_the_fit_is_written_where_inference_reads_it(folder: Path, card: Path, cases: list[Case]) -> None:
    settings = SegmentationSettings(mode=Mode.FAST, model=str(card))
    scans = calibrate.judged(cases, [settings], folder / "coarse")
    kept = {path: path.stat().st_mtime_ns for path in sorted((folder / "coarse").iterdir())}
    fitted = calibrate.fit(calibrate.judged(cases, [settings], folder / "coarse"))
    assert [path.name for path in kept] == ["one.npz", "two.npz"]
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert fitted.patients == ("one", "two")
    assert len(scans) == 2

    calibrate.write_into_card(card, "coarse", fitted)
    assert read_model_card(card).stages["coarse"].calibration == fitted.calibration
    assert json.loads(card.read_text(encoding="utf-8"))["about"]["calibration"]["coarse"]["patients"] == ["one", "two"]
    assert "calibration" not in json.loads(card.read_text(encoding="utf-8"))["about"]["calibration"]["coarse"]


def test_the_report_has_a_row_for_each_threshold_and_marks_the_one_taken(
    folder: Path, card: Path, cases: list[Case]
) -> None:
    settings = SegmentationSettings(mode=Mode.FAST, model=str(card))
    fitted = calibrate.fit(calibrate.judged(cases, [settings], folder / "coarse"), threshold=0.35)
    text = calibrate.markdown(fitted)
    assert fitted.calibration.lesion_threshold == 0.35
    assert "| **0.35** |" in text
    assert text.count(" of ") >= 3 * len(fitted.choices)


def test_one_patient_alone_teaches_nothing_about_others(folder: Path, card: Path, cases: list[Case]) -> None:
    settings = SegmentationSettings(mode=Mode.FAST, model=str(card))
    with pytest.raises(UsageError, match="two training patients"):
        calibrate.fit(calibrate.judged(cases[:1], [settings], folder / "coarse"))


def test_a_threshold_that_nothing_reaches_leaves_no_tumor_and_a_note(card: Path) -> None:
    content = json.loads(card.read_text(encoding="utf-8"))
    content["stages"]["coarse"]["calibration"] = {"lesion_offset": -1e3, "lesion_threshold": 0.5}
    strict = card.with_name("strict.json")
    strict.write_text(json.dumps(content), encoding="utf-8")
    model = load_model(SegmentationSettings(mode=Mode.FAST, model=str(strict)))
    scan, _ = abdomen_phantom(seed=0, spacing=(6.0, 6.0, 6.0), tumor_diameters=TUMORS["one"])
    result = segment_volume(scan, model, SilentMonitor())
    assert result.findings is not None
    assert result.findings.lesions == ()
    assert "too doubtful to count" in result.notes[-1]


def test_without_a_calibration_every_lesion_has_the_mean_probability_of_its_voxels(card: Path) -> None:
    content = json.loads(card.read_text(encoding="utf-8"))
    content["stages"]["coarse"].pop("calibration", None)
    plain = card.with_name("plain.json")
    plain.write_text(json.dumps(content), encoding="utf-8")
    model = load_model(SegmentationSettings(mode=Mode.FAST, model=str(plain)))
    scan, _ = abdomen_phantom(seed=0, spacing=(6.0, 6.0, 6.0), tumor_diameters=TUMORS["one"])
    result = segment_volume(scan, model, SilentMonitor())
    assert result.findings is not None
    assert result.findings.lesions
    assert all(0.3 < lesion.confidence <= 1.0 for lesion in result.findings.lesions)
