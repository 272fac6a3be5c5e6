"""Fit a model's confidence to patients of the training split, never to those of validation.

``python -m LightMSegmentationLib.training.calibrate --data FOLDER --output FOLDER [--card CARD]``

Takes one scan of every training patient with tumor labels, tumor-free ones included. The logits of each are kept in
``--output``, so that an interrupted run continues and another threshold costs seconds. Writes ``calibration.md``,
``calibration.json`` and ``reliability.png`` there; ``--card`` writes the result into a model card.

Patients that the network was trained on make it look surer than it is. With ``--models``, the cards of all folds of a
cross-validation (see `training.folds`), each patient is judged by the weights that never saw him; ``--card`` is then
the model trained on all.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import map_coordinates

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.imaging.canonical import to_canonical
from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.confidence import tumor_probability
from LightMSegmentationLib.inference.model import load_model
from LightMSegmentationLib.inference.model_card import Calibration
from LightMSegmentationLib.inference.prediction import drawn
from LightMSegmentationLib.inference.result import TUMOR
from LightMSegmentationLib.inference.settings import BUILT_IN_MODEL, Mode, SegmentationSettings
from LightMSegmentationLib.training.cases import EXPERT_TUMORS, read_manifest
from LightMSegmentationLib.training.folds import shared_out
from LightMSegmentationLib.training.kept_prediction import kept_prediction
from LightMSegmentationLib.training.lesion_confidence import (
    THRESHOLDS,
    area_under_curve,
    best,
    fit_lesions,
    held_out_confidences,
    tradeoff,
)
from LightMSegmentationLib.training.lesion_evidence import LesionEvidence, lesion_evidence
from LightMSegmentationLib.training.reliability import binned, draw_reliability, fit_voxels, tumor_probabilities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.inference.prediction import Prediction
    from LightMSegmentationLib.training.cases import Case
    from LightMSegmentationLib.training.lesion_confidence import Tradeoff
    from LightMSegmentationLib.training.reliability import Bins

VOXELS_PER_SCAN = 20_000
MOST_PATIENTS = 24


@dataclass(frozen=True)
class Scan:
    """A case on its canonical grid: what was predicted and what is true (uint8 labels)."""

    case: Case
    prediction: Prediction
    labels: Volume
    reference: Volume


@dataclass(frozen=True)
class Fitted:
    """A calibration and everything that it was judged by."""

    calibration: Calibration
    chosen: Tradeoff
    choices: tuple[Tradeoff, ...]
    predictors: dict[str, float | None]
    """Chance that a real lesion scores above a false one, for each way to score lesions."""
    reliability: dict[str, dict[str, Bins]]
    patients: tuple[str, ...]


def training_cases(cases: Sequence[Case]) -> list[Case]:
    """Return the first scan of each training patient with tumor labels, at most ``MOST_PATIENTS``."""
    first: dict[str, Case] = {}
    for case in cases:
        if case.split == "train" and case.labels == EXPERT_TUMORS:
            first.setdefault(case.patient, case)
    return list(first.values())[:MOST_PATIENTS]


def judged(cases: Sequence[Case], settings: Sequence[SegmentationSettings], folder: Path) -> list[Scan]:
    """Return the scans in which a liver is found: by the only model, or each by that of the fold that left it out."""
    scans = []
    shares = [cases] if len(settings) == 1 else shared_out(cases, len(settings))
    for one, share in zip(settings, shares, strict=True):
        model = load_model(one)
        for case in share:
            prediction = kept_prediction(case, model, folder)
            scan = None if prediction is None else _scan(case, prediction)
            if scan is not None:
                scans.append(scan)
    return scans


def fit(scans: Sequence[Scan], threshold: float | None = None) -> Fitted:
    """Fit voxels and lesions; choose the threshold (see `lesion_confidence.best`) unless it is given.

    Raises
    ------
    UsageError
        When the scans are of fewer than two patients: each is judged by what the others teach.
    """
    patients = tuple(sorted({scan.case.patient for scan in scans}))
    if len(patients) < 2:
        cause = "A calibration needs two training patients with tumor labels in whom the model finds a liver."
        raise UsageError(cause, "Name a data folder with more of them, or another model.")
    samples = [_sampled(scan) for scan in scans]
    logits = np.concatenate([sample for sample, _ in samples], axis=1)
    tumor = np.concatenate([truth for _, truth in samples]) == TUMOR
    honest = fit_voxels(logits, tumor)
    evidence = [_evidence(scan, Calibration(*honest)) for scan in scans]
    offset, weight = fit_lesions(evidence)
    sure = held_out_confidences(evidence)
    choices = tuple(tradeoff(evidence, sure, candidate) for candidate in THRESHOLDS)
    chosen = best(choices) if threshold is None else tradeoff(evidence, sure, threshold)
    real = np.concatenate([scan.real for scan in evidence])
    voxels = {
        name: binned(tumor_probabilities(logits, *parameters), tumor)
        for name, parameters in (("as predicted", (1.0, 0.0)), ("calibrated", honest))
    }
    return Fitted(
        calibration=Calibration(*honest, offset, weight, chosen.threshold),
        chosen=chosen,
        choices=choices,
        predictors=_predictors(evidence, sure, real),
        reliability={"voxels: tumor": voxels, "lesions: real": {"held out": binned(np.concatenate(sure), real)}},
        patients=patients,
    )


def _scan(case: Case, prediction: Prediction) -> Scan | None:
    reference = read_volume(case.label).volume
    reference = to_canonical(Volume(reference.array.astype(np.uint8), reference.grid))
    result = drawn(prediction, reference.grid)
    return None if result is None else Scan(case, prediction, result.labels, reference)


def _sampled(scan: Scan) -> tuple[np.ndarray, np.ndarray]:
    """Return logits (classes, samples) and true labels at voxels of the organ, predicted or true."""
    organ = np.flatnonzero((scan.labels.array > 0) | (scan.reference.array > 0))
    rng = np.random.default_rng(0)
    places = rng.choice(organ, min(VOXELS_PER_SCAN, organ.size), replace=False)
    kji = np.array(np.unravel_index(places, scan.labels.array.shape))
    on_network = _indices_on(scan.prediction.grid, scan.labels.grid, kji)
    logits = [map_coordinates(part, on_network, order=1, mode="nearest") for part in scan.prediction.logits]
    return np.stack(logits), scan.reference.array.ravel()[places]


def _indices_on(target: Grid, source: Grid, kji: np.ndarray) -> np.ndarray:
    """Return where voxels (3, n) of one grid lie on another, in k, j, i indices."""
    to_target = np.linalg.inv(target.index_to_lps) @ source.index_to_lps
    ijk = to_target @ np.vstack([kji[::-1], np.ones(kji.shape[1])])
    return ijk[2::-1]


def _evidence(scan: Scan, calibration: Calibration) -> LesionEvidence:
    probability = tumor_probability(scan.prediction.logits, scan.prediction.grid, calibration)
    return lesion_evidence(scan.case.patient, scan.labels, scan.reference, probability)


def _predictors(
    evidence: Sequence[LesionEvidence], sure: Sequence[np.ndarray], real: np.ndarray
) -> dict[str, float | None]:
    scores = {
        "mean probability": np.concatenate([scan.log_odds for scan in evidence]),
        "peak probability": np.concatenate([scan.peak for scan in evidence]),
        "volume": np.concatenate([scan.volume_ml for scan in evidence]),
        "confidence, patient held out": np.concatenate(sure),
    }
    return {name: area_under_curve(score, real) for name, score in scores.items()}


def markdown(fitted: Fitted) -> str:
    """Return what was fitted, how good it is, and the trade-off that the threshold was chosen from."""
    before, after = (bins.calibration_error for bins in fitted.reliability["voxels: tumor"].values())
    (lesions,) = fitted.reliability["lesions: real"].values()
    curves = (f"| {name} | {'-' if area is None else f'{area:.3f}'} |" for name, area in fitted.predictors.items())
    rows = (_row(choice, fitted.chosen) for choice in fitted.choices)
    lines = [
        f"Patients: {len(fitted.patients)}. Temperature {fitted.calibration.temperature:.3f}, bias of the tumor"
        f" {fitted.calibration.tumor_bias:.3f}; calibration error of"
        f" the tumor's probability in the liver {before:.4f} before, {after:.4f} after; of the lesions' confidence"
        f" {lesions.calibration_error:.3f} (patient held out).",
        "",
        "| what tells real lesions from false ones | area under the curve |",
        "|---|---|",
        *curves,
        "",
        "| threshold | found below 10 mm | 10 to 20 mm | 20 mm and more | false a scan | tumor Dice | F1 |",
        "|---|---|---|---|---|---|---|",
        *rows,
    ]
    return "\n".join(lines) + "\n"


def _row(choice: Tradeoff, chosen: Tradeoff) -> str:
    mark = "**" if choice.threshold == chosen.threshold else ""
    found = " | ".join(f"{hits} of {number}" for hits, number in zip(choice.found, choice.lesions, strict=True))
    figures = f"{choice.false_a_scan:.2f} | {choice.tumor_dice:.3f} | {choice.f1:.3f}"
    return f"| {mark}{choice.threshold:.2f}{mark} | {found} | {figures} |"


def as_plain(fitted: Fitted) -> dict[str, Any]:
    """Return the calibration and what it was judged by as plain types."""
    errors = {
        title: {name: bins.calibration_error for name, bins in named.items()}
        for title, named in fitted.reliability.items()
    }
    return {
        "calibration": asdict(fitted.calibration),
        "patients": list(fitted.patients),
        "calibration_error": errors,
        "area_under_curve": fitted.predictors,
        "chosen": asdict(fitted.chosen),
        "choices": [asdict(choice) for choice in fitted.choices],
    }


def write_into_card(card: Path, stage: str, fitted: Fitted) -> None:
    """Put the calibration into a stage of a model card, and what it was judged by into the card's free part."""
    content = json.loads(card.read_text(encoding="utf-8"))
    plain = as_plain(fitted)
    content["stages"][stage]["calibration"] = plain.pop("calibration")
    del plain["choices"]
    content["about"].setdefault("calibration", {})[stage] = plain
    card.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line, fit, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of manifest.csv and the cases")
    parser.add_argument("--output", type=Path, required=True, help="folder for logits (about 6 MB a scan) and report")
    parser.add_argument("--models", nargs="+", default=[BUILT_IN_MODEL], help="the model, or one for each fold")
    parser.add_argument("--mode", type=Mode, choices=list(Mode), default=Mode.FULL)
    parser.add_argument("--threshold", type=float, help="instead of choosing one")
    parser.add_argument("--card", type=Path, help="model card to write the calibration into")
    arguments = parser.parse_args()
    settings = [SegmentationSettings(mode=arguments.mode, model=model) for model in arguments.models]
    stage = "coarse" if arguments.mode is Mode.FAST else "fine"
    cases = training_cases(read_manifest(arguments.data))
    fitted = fit(judged(cases, settings, arguments.output / stage), arguments.threshold)
    text = json.dumps(as_plain(fitted), indent=2) + "\n"
    (arguments.output / "calibration.json").write_text(text, encoding="utf-8")
    (arguments.output / "calibration.md").write_text(markdown(fitted), encoding="utf-8")
    draw_reliability(fitted.reliability, arguments.output / "reliability.png")
    if arguments.card:
        write_into_card(arguments.card, stage, fitted)


if __name__ == "__main__":
    main()
