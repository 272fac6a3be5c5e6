"""Fitting how probable a predicted lesion is real, and from which confidence on it counts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import mannwhitneyu

from LightMSegmentationLib.measurement.detection import SIZES_MM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from LightMSegmentationLib.training.lesion_evidence import LesionEvidence

RIDGE = 1.0
"""Weight of the squared coefficients against the log-likelihood: separable lesions must not make certain."""
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(20))
_INDIFFERENT_DICE = 0.005

Weights = tuple[float, float]
"""Offset, and weight of the log odds of a lesion's mean probability."""


def fit_lesions(evidence: Sequence[LesionEvidence]) -> Weights:
    """Return the logistic regression (ridge, the offset free) of real on the log odds of all predicted lesions."""
    log_odds = np.concatenate([scan.log_odds for scan in evidence])
    real = np.concatenate([scan.real for scan in evidence])
    signs = np.where(real, 1.0, -1.0)

    def loss(weights: np.ndarray) -> float:
        likelihood = -np.logaddexp(0.0, -signs * (weights[0] + weights[1] * log_odds))
        return 0.5 * RIDGE * float(weights[1] ** 2) - float(likelihood.sum())

    offset, weight = minimize(loss, np.zeros(2), method="BFGS").x
    return float(offset), float(weight)


def confidences(scan: LesionEvidence, weights: Weights) -> np.ndarray:
    """Return the confidence (0 to 1) of each predicted lesion of a scan."""
    return expit(weights[0] + weights[1] * scan.log_odds)


def held_out_confidences(evidence: Sequence[LesionEvidence]) -> list[np.ndarray]:
    """Return each scan's confidences by a regression that never saw its patient."""
    patients = {scan.patient for scan in evidence}
    weights = {
        patient: fit_lesions([scan for scan in evidence if scan.patient != patient]) for patient in sorted(patients)
    }
    return [confidences(scan, weights[scan.patient]) for scan in evidence]


def area_under_curve(score: np.ndarray, real: np.ndarray) -> float | None:
    """Return the chance that a real lesion scores above a false one; None when all are real or all false."""
    if real.all() or not real.any():
        return None
    return float(mannwhitneyu(score[real], score[~real]).statistic / (real.sum() * (~real).sum()))


@dataclass(frozen=True)
class Tradeoff:
    """What a threshold of confidence costs and gains.

    ``found`` and ``lesions`` count true lesions by the size classes of `measurement.detection`; ``tumor_dice`` is the
    mean over the scans with tumors.
    """

    threshold: float
    found: tuple[int, ...]
    lesions: tuple[int, ...]
    false_a_scan: float
    tumor_dice: float
    f1: float


def tradeoff(evidence: Sequence[LesionEvidence], sure: Sequence[np.ndarray], threshold: float) -> Tradeoff:
    """Return what keeping the predicted lesions of at least ``threshold`` confidence (``sure``, by scan) gives."""
    kept = [scores >= threshold for scores in sure]
    sizes = np.concatenate([scan.true_mm for scan in evidence])
    found = np.concatenate([scan.found(keep) for scan, keep in zip(evidence, kept, strict=True)])
    false = sum(int((keep & ~scan.real).sum()) for scan, keep in zip(evidence, kept, strict=True))
    dices = [scan.dice(keep) for scan, keep in zip(evidence, kept, strict=True) if scan.true_ml.size]
    classes = [(sizes >= low) & (sizes < high) for low, high in pairwise(SIZES_MM)]
    hits = int(found.sum())
    return Tradeoff(
        threshold=threshold,
        found=tuple(int(found[size].sum()) for size in classes),
        lesions=tuple(int(size.sum()) for size in classes),
        false_a_scan=false / len(evidence),
        tumor_dice=float(np.mean(dices)) if dices else 1.0,
        f1=2 * hits / max(1, hits + len(found) + false),
    )


def best(choices: Sequence[Tradeoff]) -> Tradeoff:
    """Return the choice with the lowest threshold among those with the best Dice of tumors, give or take a little.

    Dice weighs what is missed against what is invented by volume. F1 of lesions counts a missed speck like a large
    tumor, and with most specks missed it never pays to drop a doubtful lesion. The lowest one, since a network is surer
    of lesions in patients that it was trained on than in others.
    """
    enough = max(choice.tumor_dice for choice in choices) - _INDIFFERENT_DICE
    return min((choice for choice in choices if choice.tumor_dice >= enough), key=lambda choice: choice.threshold)
