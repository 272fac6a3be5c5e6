"""Probabilities of voxels and lesions come from the logits and the card's calibration."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference import export
from LightMSegmentationLib.inference.confidence import (
    LesionConfidence,
    lesion_confidence,
    mean_inside,
    tumor_probability,
    without_doubtful_lesions,
)
from LightMSegmentationLib.inference.model_card import Calibration
from LightMSegmentationLib.inference.result import LIVER, TUMOR

GRID = Grid((8, 6, 4), (2.0, 2.0, 2.0), (0.0, 0.0, 0.0))
FINER = Grid((16, 12, 8), (1.0, 1.0, 1.0), (-0.5, -0.5, -0.5))


def logits_of(tumor: float, liver: float = 0.0) -> np.ndarray:
    logits = np.zeros((3, *GRID.shape), np.float32)
    logits[LIVER], logits[TUMOR] = liver, tumor
    return logits


def two_lesions() -> Volume:
    labels = np.full(FINER.shape, LIVER, np.uint8)
    labels[2:4, 2:4, 2:4] = labels[5:7, 8:10, 11:14] = TUMOR
    return Volume(labels, FINER)


def a_judge(threshold: float) -> LesionConfidence:
    """Return a judge for whom tumor is probable on the left half of the scan alone."""
    probability = np.full(GRID.shape, 0.3, np.float32)
    probability[:, :, 4:] = 0.9
    return LesionConfidence(Volume(probability, GRID), Calibration(lesion_threshold=threshold))


def test_without_a_temperature_the_probability_is_the_softmax() -> None:
    probability = tumor_probability(logits_of(tumor=2.0, liver=1.0), GRID, Calibration()).array
    assert probability.dtype == np.float32
    assert probability == pytest.approx(np.exp(2.0) / (1.0 + np.exp(1.0) + np.exp(2.0)))


def test_a_temperature_brings_probabilities_nearer_together() -> None:
    warm = tumor_probability(logits_of(tumor=2.0), GRID, Calibration(temperature=2.0)).array
    assert warm == pytest.approx(np.exp(1.0) / (2.0 + np.exp(1.0)))


def test_a_bias_makes_tumor_less_probable_everywhere() -> None:
    cool = tumor_probability(logits_of(tumor=2.0), GRID, Calibration(temperature=2.0, tumor_bias=-1.0)).array
    assert cool == pytest.approx(1.0 / 3.0)


def test_large_logits_do_not_overflow() -> None:
    assert tumor_probability(logits_of(tumor=1e4), GRID, Calibration(temperature=0.5)).array == pytest.approx(1.0)


def test_the_mean_is_taken_between_the_voxels_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    ramp = Volume(np.broadcast_to(np.arange(8, dtype=np.float32), GRID.shape).copy(), GRID)
    mask = np.zeros(FINER.shape, bool)
    mask[1:7, 3, 5] = mask[1:7, 3, 6] = True
    # Voxels 5 and 6 of 1 mm lie at 4.5 and 5.5 mm, which is 2.25 and 2.75 in voxels of 2 mm.
    whole = mean_inside(ramp, mask, FINER)
    monkeypatch.setattr(export, "SLAB_VOXELS", 200)
    assert (whole, mean_inside(ramp, mask, FINER)) == pytest.approx((2.5, 2.5))


def test_an_uncalibrated_lesion_is_as_sure_as_its_voxels_on_average() -> None:
    assert lesion_confidence(0.8, Calibration()) == pytest.approx(0.8)


def test_a_calibrated_lesion_follows_the_regression() -> None:
    calibration = Calibration(lesion_offset=-1.0, lesion_log_odds=2.0)
    odds = np.exp(-1.0) * 4.0**2
    assert lesion_confidence(0.8, calibration) == pytest.approx(odds / (1 + odds))


@pytest.mark.parametrize("mean", [0.0, 1.0])
def test_certainty_has_a_confidence_too(mean: float) -> None:
    assert lesion_confidence(mean, Calibration()) == pytest.approx(mean, abs=1e-3)


def test_a_lesion_below_the_threshold_becomes_liver() -> None:
    labels, expected = two_lesions(), two_lesions().array
    expected[2:4, 2:4, 2:4] = LIVER
    assert without_doubtful_lesions(labels, a_judge(threshold=0.5)) == 1
    assert np.array_equal(labels.array, expected)


def test_without_a_threshold_every_lesion_stays() -> None:
    labels = two_lesions()
    assert without_doubtful_lesions(labels, a_judge(threshold=0.0)) == 0
    assert np.array_equal(labels.array, two_lesions().array)
