"""Probabilities are compared with what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from LightMSegmentationLib.inference.result import TUMOR
from LightMSegmentationLib.training.reliability import (
    binned,
    draw_reliability,
    fit_voxels,
    tumor_probabilities,
)
from scipy.special import softmax

if TYPE_CHECKING:
    from pathlib import Path


def tumor_drawn_from(logits: np.ndarray) -> np.ndarray:
    """Return tumors that are as probable as the softmax of their logits (classes, samples) says."""
    return np.random.default_rng(1).random(logits.shape[1]) < softmax(logits, axis=0)[TUMOR]


@pytest.fixture
def honest() -> np.ndarray:
    return np.random.default_rng(0).normal(scale=2.0, size=(3, 20_000))


@pytest.mark.parametrize("exaggeration", [0.5, 1.0, 3.0])
def test_temperature_and_bias_take_back_what_was_exaggerated(honest: np.ndarray, exaggeration: float) -> None:
    told = honest * exaggeration
    told[TUMOR] += 1.5 * exaggeration
    temperature, bias = fit_voxels(told, tumor_drawn_from(honest))
    assert temperature == pytest.approx(exaggeration, rel=0.05)
    assert bias == pytest.approx(-1.5, abs=0.1)


def test_honest_probabilities_have_a_small_error_and_exaggerated_ones_a_large(honest: np.ndarray) -> None:
    tumor = tumor_drawn_from(honest)
    honest_error, exaggerated_error = (
        binned(tumor_probabilities(logits, 1.0, 0.0), tumor).calibration_error for logits in (honest, 4 * honest)
    )
    assert honest_error < 0.02
    assert exaggerated_error > 3 * honest_error


def test_bins_count_what_is_in_them() -> None:
    bins = binned(np.array([0.0, 0.01, 0.5, 1.0]), np.array([False, True, True, True]))
    assert bins.count.tolist() == [2, 1, 1]
    assert bins.frequency.tolist() == [0.5, 1.0, 1.0]
    assert bins.calibration_error == pytest.approx((2 * (0.5 - 0.005) + 0.5) / 4)


def test_the_diagram_is_a_picture(tmp_path: Path, honest: np.ndarray) -> None:
    pytest.importorskip("matplotlib", reason="the diagram needs matplotlib, of the extra train")
    curve = binned(tumor_probabilities(honest, 1.0, 0.0), tumor_drawn_from(honest))
    draw_reliability({"voxels": {"before": curve, "after": curve}, "lesions": {"held out": curve}}, tmp_path / "r.png")
    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")
