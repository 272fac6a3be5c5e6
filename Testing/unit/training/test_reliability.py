"""Probabilities are compared with what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from LightMSegmentationLib.training.reliability import (
    binned,
    draw_reliability,
    fit_temperature,
    tumor_probabilities,
)
from scipy.special import softmax

if TYPE_CHECKING:
    from pathlib import Path


def voxels_drawn_from(logits: np.ndarray) -> np.ndarray:
    """Return truths that are as probable as the softmax of their logits says."""
    chances = np.random.default_rng(1).random(len(logits))
    return (softmax(logits, axis=1).cumsum(axis=1) < chances[:, None]).sum(axis=1)


@pytest.fixture
def honest() -> np.ndarray:
    return np.random.default_rng(0).normal(scale=2.0, size=(20_000, 3))


@pytest.mark.parametrize("exaggeration", [0.5, 1.0, 3.0])
def test_the_temperature_takes_back_what_was_exaggerated(honest: np.ndarray, exaggeration: float) -> None:
    assert fit_temperature(honest * exaggeration, voxels_drawn_from(honest)) == pytest.approx(exaggeration, rel=0.05)


def test_honest_probabilities_have_a_small_error_and_exaggerated_ones_a_large(honest: np.ndarray) -> None:
    tumor = voxels_drawn_from(honest) == 2
    honest_error, exaggerated_error = (
        binned(tumor_probabilities(logits, 1.0), tumor).calibration_error for logits in (honest, 4 * honest)
    )
    assert honest_error < 0.01
    assert exaggerated_error > 0.05


def test_bins_count_what_is_in_them() -> None:
    bins = binned(np.array([0.0, 0.01, 0.5, 1.0]), np.array([False, True, True, True]))
    assert bins.count.tolist() == [2, 1, 1]
    assert bins.frequency.tolist() == [0.5, 1.0, 1.0]
    assert bins.calibration_error == pytest.approx((2 * (0.5 - 0.005) + 0.5) / 4)


def test_the_diagram_is_a_picture(tmp_path: Path, honest: np.ndarray) -> None:
    pytest.importorskip("matplotlib", reason="the diagram needs matplotlib, of the extra train")
    curve = binned(tumor_probabilities(honest, 1.0), voxels_drawn_from(honest) == 2)
    draw_reliability({"voxels": {"before": curve, "after": curve}, "lesions": {"held out": curve}}, tmp_path / "r.png")
    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")
