"""A model's figures on patients that it never saw: whole pipeline, native grid, case by case.

``python -m LightMSegmentationLib.training.evaluation --data FOLDER --output FOLDER [--model NAME] [--mode full]``

Scores are kept case by case, so that an interrupted evaluation continues; ``--card`` writes them into the model card.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.model import load_model
from LightMSegmentationLib.inference.segment_volume import segment_volume
from LightMSegmentationLib.inference.settings import BUILT_IN_MODEL, Mode, SegmentationSettings
from LightMSegmentationLib.measurement.agreement import compare
from LightMSegmentationLib.measurement.detection import detect
from LightMSegmentationLib.progress import SilentMonitor
from LightMSegmentationLib.training.cases import EXPERT_TUMORS, Case, read_manifest

if TYPE_CHECKING:
    from LightMSegmentationLib.inference.model import LoadedModel

Scores = dict[str, Any]


def score_case(case: Case, model: LoadedModel) -> Scores:
    """Segment a case and return its scores; tumors are scored only where experts labeled them."""
    scan, reference = read_volume(case.image).volume, read_volume(case.label).volume
    reference = Volume(reference.array.astype(np.uint8), reference.grid)
    started = time.perf_counter()
    result = segment_volume(scan, model, SilentMonitor())
    seconds = time.perf_counter() - started
    labels = result.labels or Volume(np.zeros_like(reference.array), reference.grid)
    agreements = compare(labels, reference)
    known = case.labels == EXPERT_TUMORS
    return {
        "case": case.name,
        "patient": case.patient,
        "phase": case.phase,
        "labels": case.labels,
        "slice_mm": round(scan.grid.spacing[2], 2),
        "seconds": round(seconds, 1),
        "liver": asdict(agreements["liver"]),
        "tumor": asdict(agreements["tumor"]) if known else None,
        "lesions": [asdict(detection) for detection in detect(labels, reference)] if known else None,
    }


def evaluate(cases: list[Case], settings: SegmentationSettings, output: Path) -> list[Scores]:
    """Return the scores of all cases, computing those that ``output`` does not hold for these very weights yet."""
    model = load_model(settings)
    weights = {name: stage.plan.sha256 for name, stage in model.stages.items()}
    output.mkdir(parents=True, exist_ok=True)
    return [_kept_or_scored(case, model, weights, output / f"{case.name}.json") for case in cases]


def _kept_or_scored(case: Case, model: LoadedModel, weights: dict[str, str], path: Path) -> Scores:
    if path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["weights"] == weights:
            return kept
    scores = {**score_case(case, model), "weights": weights}
    path.write_text(json.dumps(scores, indent=2) + "\n", encoding="utf-8")
    return scores


def summary(scores: list[Scores]) -> dict[str, Any]:
    """Return mean Dice of liver and tumor, and lesions found and invented.

    The tumor's mean is over the patients who have tumors: in a tumor-free liver Dice is 1 or 0 and says little.
    """
    tumors = [case["tumor"]["dice"] for case in scores if case["tumor"] and case["tumor"]["reference_ml"] > 0]
    lesions = [size for case in scores if case["lesions"] for size in case["lesions"]]
    scans = sum(case["lesions"] is not None for case in scores)
    return {
        "patients": len({case["patient"] for case in scores}),
        "liver_dice": round(statistics.mean(case["liver"]["dice"] for case in scores), 4),
        "tumor_patients": len(tumors),
        "tumor_dice": round(statistics.mean(tumors), 4) if tumors else None,
        "lesions": sum(size["reference_lesions"] for size in lesions),
        "lesions_found": sum(size["found"] for size in lesions),
        "false_lesions_a_scan": round(sum(size["false_positives"] for size in lesions) / scans, 2) if scans else None,
    }


def markdown(scores: list[Scores]) -> str:
    """Return the scores as a Markdown table, one row a case and one for the means."""
    rows = [
        "| case | phase | slices mm | liver Dice | liver HD95 mm | tumor Dice | tumor mL | lesions found | false |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_row(case) for case in sorted(scores, key=lambda case: case["case"])),
    ]
    means = summary(scores)
    tumor = "-" if means["tumor_dice"] is None else f"{means['tumor_dice']:.3f}"
    found = f"{means['lesions_found']} of {means['lesions']}"
    rows.append(f"| **mean** | | | **{means['liver_dice']:.3f}** | | **{tumor}** | | {found} | |")
    return "\n".join(rows) + "\n"


def _row(case: Scores) -> str:
    liver, tumor, lesions = case["liver"], case["tumor"], case["lesions"]
    distance = "-" if liver["hd95_mm"] is None else f"{liver['hd95_mm']:.1f}"
    start = f"| {case['case']} | {case['phase']} | {case['slice_mm']:g} | {liver['dice']:.3f} | {distance} "
    if tumor is None:
        return f"{start}| not labeled | | | |"
    found, false = (sum(size[name] for size in lesions) for name in ("found", "false_positives"))
    number = sum(size["reference_lesions"] for size in lesions)
    dice = f"{tumor['dice']:.3f}" if tumor["reference_ml"] else "no tumor"
    return f"{start}| {dice} | {tumor['reference_ml']:.1f} | {found} of {number} | {false} |"


def write_into_card(card: Path, mode: Mode, split: str, scores: list[Scores]) -> None:
    """Put the figures of one mode into a model card's accuracy."""
    content = json.loads(card.read_text(encoding="utf-8"))
    figures = [
        {
            "case": case["case"],
            "liver_dice": round(case["liver"]["dice"], 4),
            "tumor_dice": None if case["tumor"] is None else round(case["tumor"]["dice"], 4),
        }
        for case in scores
    ]
    accuracy = content["about"].setdefault("accuracy", {})
    accuracy[mode.value] = {"patients_outside_training": split, **summary(scores), "cases": figures}
    card.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line and evaluate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of manifest.csv and the cases")
    parser.add_argument("--output", type=Path, required=True, help="folder for the scores")
    parser.add_argument("--model", default=BUILT_IN_MODEL)
    parser.add_argument("--mode", type=Mode, choices=list(Mode), default=Mode.FULL)
    parser.add_argument("--split", default="validation")
    parser.add_argument("--card", type=Path, help="model card to write the figures into")
    arguments = parser.parse_args()
    cases = [case for case in read_manifest(arguments.data) if case.split == arguments.split]
    scores = evaluate(cases, SegmentationSettings(mode=arguments.mode, model=arguments.model), arguments.output)
    (arguments.output / "scores.md").write_text(markdown(scores), encoding="utf-8")
    if arguments.card:
        write_into_card(arguments.card, arguments.mode, arguments.split, scores)


if __name__ == "__main__":
    main()
