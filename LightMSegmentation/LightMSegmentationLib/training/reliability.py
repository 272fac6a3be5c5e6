"""Whether probabilities are honest: the temperature that makes them so, calibration error, reliability diagram.

C. Guo et al., On calibration of modern neural networks, ICML 2017: one temperature divides the logits (it changes no
label), fitted by the likelihood of the truth; the expected calibration error compares the mean probability with the
observed frequency in bins of equal width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from LightMSegmentationLib.inference.result import TUMOR

if TYPE_CHECKING:
    from pathlib import Path

BINS = 15
TEMPERATURES = (0.2, 8.0)
"""Limits of the search."""


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


def fit_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """Return the temperature under which ``truth`` (samples) is likeliest, given logits (samples, classes)."""

    def loss(logarithm: float) -> float:
        likelihood = log_softmax(logits / np.exp(logarithm), axis=1)
        return -float(likelihood[np.arange(len(truth)), truth].mean())

    low, high = np.log(TEMPERATURES)
    return float(np.exp(minimize_scalar(loss, bounds=(low, high), method="bounded").x))


def tumor_probabilities(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Return the probability of tumor of each sample, given logits (samples, classes)."""
    return softmax(logits / temperature, axis=1)[:, TUMOR]


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
