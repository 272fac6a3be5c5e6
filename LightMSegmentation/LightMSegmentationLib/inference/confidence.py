"""How sure the network is, as probabilities: of every voxel, and of every lesion.

A voxel's probability is the softmax of its logits, divided by one temperature (Guo et al., On calibration of modern
neural networks, ICML 2017), with a bias for the tumor (Alexandari et al., Maximum likelihood with bias-corrected
calibration, ICML 2020): networks that were trained to miss few tumors see too many. A lesion's confidence is the
probability that there is a tumor at all: a logistic regression (Platt, 1999) of how probable its voxels are on
average. Both are fitted by `training.calibrate` and come with the model card. Which voxels are tumor is decided by the
logits alone; then lesions below the card's threshold of confidence are taken out (`without_doubtful_lesions`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from LightMSegmentationLib.imaging.box import crop_grid
from LightMSegmentationLib.imaging.resample import resample
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.export import slabs
from LightMSegmentationLib.inference.result import BACKGROUND, LIVER, TUMOR
from LightMSegmentationLib.measurement.components import components

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.inference.model_card import Calibration

CERTAIN = 1e-4
"""Probabilities are kept this far away from 0 and 1, where odds have no logarithm."""


def tumor_probability(logits: np.ndarray, grid: Grid, calibration: Calibration) -> Volume:
    """Return the calibrated probability of tumor, float32, of logits (classes, k, j, i) on ``grid``."""
    return Volume(expit(tumor_log_odds(logits, calibration.temperature, calibration.tumor_bias)), grid)


def tumor_log_odds(logits: np.ndarray, temperature: float, tumor_bias: float) -> np.ndarray:
    """Return the logarithm of the odds of tumor of logits (classes, ...), in their own type."""
    others = np.logaddexp(logits[BACKGROUND] / temperature, logits[LIVER] / temperature)
    return logits[TUMOR] / temperature + tumor_bias - others


@dataclass(frozen=True)
class LesionConfidence:
    """Judges lesions by the probability of tumor (on the network's grid) and a calibration.

    Called with a lesion's mask (bool, k, j, i) and its canonical grid, whose axes are parallel to the network's, it
    returns the confidence from 0 to 1. Memory beyond the probability's is bounded by a slab of the mask's slices.
    """

    probability: Volume
    calibration: Calibration

    def __call__(self, mask: np.ndarray, grid: Grid) -> float:
        """Return the confidence of one lesion."""
        return lesion_confidence(mean_inside(self.probability, mask, grid), self.calibration)


def mean_inside(probability: Volume, mask: np.ndarray, grid: Grid) -> float:
    """Return the mean of a volume, linearly interpolated, at the true voxels of a mask (k, j, i) on ``grid``."""
    total = 0.0
    for slab in slabs(grid):
        inside = mask[slab.slices]
        values = resample(probability, crop_grid(grid, slab), default_value=0.0).array
        total += float(values[inside].sum(dtype=np.float64))
    return total / int(np.count_nonzero(mask))


def lesion_confidence(mean_probability: float, calibration: Calibration) -> float:
    """Return the probability that a lesion with this mean probability of tumor is one."""
    return float(expit(calibration.lesion_offset + calibration.lesion_log_odds * log_odds(mean_probability)))


def log_odds(probability: float) -> float:
    """Return the logarithm of a probability's odds, which is what the regression sees."""
    return float(logit(min(max(probability, CERTAIN), 1.0 - CERTAIN)))


def without_doubtful_lesions(labels: Volume, confidence: LesionConfidence) -> int:
    """Turn lesions of less confidence than the calibration's threshold into liver, in place; return their number.

    ``labels`` (uint8: 1 liver, 2 tumor) lie on a canonical grid.
    """
    threshold = confidence.calibration.lesion_threshold
    dropped = 0
    for box, mask in components(labels.array == TUMOR) if threshold > 0 else ():
        if confidence(mask, crop_grid(labels.grid, box)) < threshold:
            labels.array[box.slices][mask] = LIVER
            dropped += 1
    return dropped
