"""Figures for the model card come from whole scans, case by case, and survive an interruption."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import SimpleITK as sitk
from LightMSegmentationLib.inference.settings import Mode, SegmentationSettings
from LightMSegmentationLib.training import evaluation, evaluation_report
from LightMSegmentationLib.training.cases import Case

from Testing.data.phantom import abdomen_phantom
from Testing.data.tiny_model import write_tiny_model


def scored(
    case: str,
    liver: float,
    tumor: float | None,
    reference_ml: float = 10.0,
    phase: str = "arterial",
    slices: float = 2.5,
) -> dict[str, Any]:
    lesion = {"from_mm": 20.0, "reference_lesions": 2, "found": 1, "false_positives": 3}
    return {
        "case": case,
        "patient": case,
        "phase": phase,
        "slice_mm": slices,
        "liver": {"dice": liver, "hd95_mm": 4.0},
        "tumor": None if tumor is None else {"dice": tumor, "reference_ml": reference_ml},
        "lesions": None if tumor is None else [lesion],
    }


def test_tumor_free_and_unlabeled_livers_do_not_count_in_the_mean_tumor_dice() -> None:
    means = evaluation_report.summary(
        [scored("a", 0.9, 0.5), scored("b", 0.8, None), scored("c", 0.7, 1.0, reference_ml=0.0)]
    )
    assert means["liver_dice"] == 0.8
    assert means["tumor_dice"] == 0.5
    assert (means["lesions"], means["lesions_found"], means["false_lesions_a_scan"]) == (4, 2, 3.0)


def test_the_table_says_where_tumors_are_not_labeled_or_absent() -> None:
    table = evaluation_report.markdown([scored("b", 0.8, None), scored("a", 0.9, 1.0, reference_ml=0.0)])
    rows = table.splitlines()
    assert rows[2].startswith("| a | arterial | 2.5 | 0.900 | 4.0 | no tumor |")
    assert "not labeled" in rows[3]
    assert "**0.850**" in rows[4]


def test_means_are_given_by_phase_and_slice_thickness() -> None:
    scores = [
        scored("a", 0.9, 0.5, slices=1.5),
        scored("b", 0.8, None, phase="delayed", slices=5.0),
        scored("c", 0.7, 0.3, slices=5.0),
    ]
    rows = evaluation_report.markdown(scores).split("\n\n")[1].splitlines()
    assert [row.split(" | ")[:5] for row in rows[2:]] == [
        ["| all", "3", "0.800", "0.700", "0.400 (2)"],
        ["| arterial", "2", "0.800", "0.700", "0.400 (2)"],
        ["| delayed", "1", "0.800", "0.800", "-"],
        ["| slices above 4 mm", "2", "0.750", "0.700", "0.300 (1)"],
        ["| slices below 2.5 mm", "1", "0.900", "0.900", "0.500 (1)"],
    ]
    assert rows[2].endswith("| 2 of 4 | 2 of 4 | 3.00 |")
    assert rows[4].endswith("| 0 of 0 | 0 of 0 | - |")


@pytest.fixture
def a_phantom_case(tmp_path: Path) -> Case:
    scan, labels = abdomen_phantom(spacing=(4.0, 4.0, 5.0))
    paths = tmp_path / "phantom_ct.nii.gz", tmp_path / "phantom_label.nii.gz"
    for volume, path in zip((scan, labels), paths, strict=True):
        sitk.WriteImage(volume.to_image(), path)
    return Case("phantom", "phantom", "validation", "liver+tumor", "portal venous", "synthetic", "none", *paths)


def test_scores_are_kept_for_the_same_weights_and_written_into_the_card(tmp_path: Path, a_phantom_case: Case) -> None:
    card = write_tiny_model(tmp_path)
    settings = SegmentationSettings(mode=Mode.FAST, model=str(card))
    first = evaluation.evaluate([a_phantom_case], settings, tmp_path / "scores")
    kept = tmp_path / "scores" / "phantom.json"
    written = kept.stat().st_mtime_ns
    assert evaluation.evaluate([a_phantom_case], settings, tmp_path / "scores") == first
    assert kept.stat().st_mtime_ns == written
    evaluation.write_into_card(card, "fast", "validation", first)
    accuracy = json.loads(card.read_text(encoding="utf-8"))["about"]["accuracy"]["fast"]
    assert accuracy["patients"] == 1
    assert accuracy["cases"][0]["liver_dice"] == round(first[0]["liver"]["dice"], 4)


def test_another_threshold_is_another_model(tmp_path: Path, a_phantom_case: Case) -> None:
    card = write_tiny_model(tmp_path)
    settings = SegmentationSettings(mode=Mode.FAST, model=str(card))
    evaluation.evaluate([a_phantom_case], settings, tmp_path / "scores")
    content = json.loads(card.read_text(encoding="utf-8"))
    content["stages"]["coarse"]["calibration"] = {"lesion_offset": -1e3, "lesion_threshold": 0.5}
    card.write_text(json.dumps(content), encoding="utf-8")
    (strict,) = evaluation.evaluate([a_phantom_case], settings, tmp_path / "scores")
    assert strict["tumor"]["prediction_ml"] == 0.0


def test_thick_slices_are_reported_with_the_thickness_of_the_scan(tmp_path: Path, a_phantom_case: Case) -> None:
    settings = SegmentationSettings(mode=Mode.FAST, model=str(write_tiny_model(tmp_path)))
    (native,) = evaluation.evaluate([a_phantom_case], settings, tmp_path / "native")
    (thick,) = evaluation.evaluate([a_phantom_case], settings, tmp_path / "thick", thin_mm=10.0)
    assert thick["slice_mm"] == native["slice_mm"] == 5.0
    assert thick["identity"]["thin_mm"] == 10.0
    assert thick["liver"]["reference_ml"] == pytest.approx(native["liver"]["reference_ml"], rel=0.1)
    assert thick["liver"]["dice"] != native["liver"]["dice"]
    evaluation.write_report([thick], tmp_path / "thick")
    assert sorted(path.name for path in (tmp_path / "thick").iterdir()) == [
        "phantom.json",
        "phantom.png",
        "scores.md",
        "sheet.png",
    ]
