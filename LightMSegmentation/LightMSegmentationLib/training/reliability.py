"""Whether probabilities of tumor are honest: what makes them so, calibration error, reliability diagram.

`inference.confidence` says what temperature and bias do; they are fitted by the likelihood of the truth. The expected
calibration error (Guo et al., ICML 2017) compares the mean probability with the observed frequency in bins of equal
width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from LightMSegmentationLib.inference.confidence import tumor_log_odds

if TYPE_CHECKING:
    from pathlib import Path

BINS = 15


@dataclass(frozen=True)
class Bins:
    """Per bin of equal width that holds any: mean probability, observed frequency and number of samples."""

    mean: np.ndarray
    frequency: np.ndarray
    count: np.ndarray

    @property
    def calibration_error(self) -> float:
        """Expected calibration error: mean distance of probability and frequency over the samples; 0 without any."""
        return float(np.abs(self.mean - self.frequency) @ self.count / max(1, self.count.sum()))


def fit_voxels(logits: np.ndarray, tumor: np.ndarray) -> tuple[float, float]:
    """Return temperature and tumor bias under which ``tumor`` (bool) is likeliest, given logits (classes, samples).

    The likelihood is that of tumor or not: what is fitted is what is used, also where liver and background differ in
    how honest they are.
    """
    signs = np.where(tumor, 1.0, -1.0)

    def loss(parameters: np.ndarray) -> float:
        scores = tumor_log_odds(logits, float(np.exp(parameters[0])), float(parameters[1]))
        return float(np.logaddexp(0.0, -signs * scores).mean())

    logarithm, bias = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    return float(np.exp(logarithm)), float(bias)


def tumor_probabilities(logits: np.ndarray, temperature: float, tumor_bias: float) -> np.ndarray:
    """Return the probability of tumor of each sample, given logits (classes, samples)."""
    return expit(tumor_log_odds(logits, temperature, tumor_bias))


def binned(probability: np.ndarray, happened: np.ndarray) -> Bins:
    """Return the reliability of probabilities (0 to 1) of something that ``happened`` (bool) or not."""
    number = np.minimum((probability * BINS).astype(int), BINS - 1)
    count = np.bincount(number, minlength=BINS)
    held = count > 0
    mean, frequency = (
        np.bincount(number, weights=values, minlength=BINS)[held] / count[held] for values in (probability, happened)
    )
    return Bins(mean, frequency, count[held])


def draw_reliability(curves: dict[str, dict[str, Bins]], path: Path) -> None:
    """Draw a reliability diagram per entry, with all its named curves, as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 * len(curves), 5), layout="constrained")
    for axis, (title, named) in zip(np.ravel(figure.subplots(1, len(curves))), curves.items(), strict=True):
        axis.plot([0, 1], [0, 1], color="gray", linewidth=0.8)
        for name, bins in named.items():
            label = f"{name}: error {bins.calibration_error:.3f}"
            axis.plot(bins.mean, bins.frequency, marker="o", label=label)
        axis.set(title=title, xlabel="probability", ylabel="observed frequency", xlim=(0, 1), ylim=(0, 1))
        axis.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
