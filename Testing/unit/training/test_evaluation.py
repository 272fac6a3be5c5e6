"""Figures for the model card come from whole scans, case by case, and survive an interruption."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import SimpleITK as sitk
from LightMSegmentationLib.inference.settings import Mode, SegmentationSettings
from LightMSegmentationLib.training import evaluation
from LightMSegmentationLib.training.cases import Case

from Testing.data.phantom import abdomen_phantom
from Testing.data.tiny_model import write_tiny_model


def scored(case: str, liver: float, tumor: float | None, reference_ml: float = 10.0) -> dict[str, Any]:
    lesion = {"reference_lesions": 2, "found": 1, "false_positives": 3}
    return {
        "case": case,
        "patient": case,
        "phase": "arterial",
        "slice_mm": 2.5,
        "liver": {"dice": liver, "hd95_mm": 4.0},
        "tumor": None if tumor is None else {"dice": tumor, "reference_ml": reference_ml},
        "lesions": None if tumor is None else [lesion],
    }


def test_tumor_free_and_unlabeled_livers_do_not_count_in_the_mean_tumor_dice() -> None:
    means = evaluation.summary([scored("a", 0.9, 0.5), scored("b", 0.8, None), scored("c", 0.7, 1.0, reference_ml=0.0)])
    assert means["liver_dice"] == 0.8
    assert means["tumor_dice"] == 0.5
    assert (means["lesions"], means["lesions_found"], means["false_lesions_a_scan"]) == (4, 2, 3.0)


def test_the_table_says_where_tumors_are_not_labeled_or_absent() -> None:
    table = evaluation.markdown([scored("b", 0.8, None), scored("a", 0.9, 1.0, reference_ml=0.0)])
    rows = table.splitlines()
    assert rows[2].startswith("| a | arterial | 2.5 | 0.900 | 4.0 | no tumor |")
    assert "not labeled" in rows[3]
    assert "**0.850**" in rows[4]


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
    evaluation.write_into_card(card, Mode.FAST, "validation", first)
    accuracy = json.loads(card.read_text(encoding="utf-8"))["about"]["accuracy"]["fast"]
    assert accuracy["patients"] == 1
    assert accuracy["cases"][0]["liver_dice"] == round(first[0]["liver"]["dice"], 4)
