"""Lesions are judged by others of other patients, and the threshold balances missed and invented ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.confidence import lesion_confidence
from LightMSegmentationLib.inference.model_card import Calibration
from LightMSegmentationLib.training.lesion_confidence import (
    Tradeoff,
    area_under_curve,
    best,
    confidences,
    fit_lesions,
    held_out_confidences,
    tradeoff,
)
from LightMSegmentationLib.training.lesion_evidence import LesionEvidence, lesion_evidence

CENTIMETERS = Grid((8, 6, 4), (10.0, 10.0, 10.0), (0.0, 0.0, 0.0))


def on_cubes(*boxes: tuple[slice, ...]) -> Volume:
    """Return labels of 1 mL voxels that are tumor in the boxes (k, j, i) and liver elsewhere."""
    labels = np.ones(CENTIMETERS.shape, np.uint8)
    for box in boxes:
        labels[box] = 2
    return Volume(labels, CENTIMETERS)


TRUE = np.s_[0:2, 0:2, 0:2]
SHIFTED = np.s_[1:2, 0:2, 0:2]
INVENTED = np.s_[3:4, 5:6, 7:8]
MISSED = np.s_[3:4, 0:1, 4:6]


@pytest.fixture
def scan() -> LesionEvidence:
    """A true lesion of 8 mL half found, one of 2 mL missed, one of 1 mL invented."""
    probability = np.full(CENTIMETERS.shape, 0.8, np.float32)
    probability[INVENTED] = 0.6
    return lesion_evidence("a", on_cubes(SHIFTED, INVENTED), on_cubes(TRUE, MISSED), Volume(probability, CENTIMETERS))


def test_predicted_lesions_are_described_and_told_real_from_false(scan: LesionEvidence) -> None:
    assert scan.volume_ml.tolist() == pytest.approx([4.0, 1.0])
    assert scan.log_odds == pytest.approx([math.log(4.0), math.log(1.5)], abs=1e-5)
    assert scan.peak == pytest.approx([0.8, 0.6])
    assert scan.real.tolist() == [True, False]


def test_true_lesions_are_found_by_what_is_kept(scan: LesionEvidence) -> None:
    assert scan.true_ml.tolist() == [8.0, 2.0]
    assert scan.found(np.array([True, True])).tolist() == [True, False]
    assert scan.found(np.array([False, True])).tolist() == [False, False]
    assert scan.dice(np.array([True, False])) == pytest.approx(2 * 4 / (4 + 10))


def test_scans_without_predicted_or_true_lesions_have_none() -> None:
    probability = Volume(np.zeros(CENTIMETERS.shape, np.float32), CENTIMETERS)
    nothing = lesion_evidence("a", on_cubes(), on_cubes(), probability)
    assert (nothing.log_odds.shape, nothing.common_ml.shape) == ((0,), (0, 0))
    missed = lesion_evidence("a", on_cubes(), on_cubes(TRUE), probability)
    assert missed.found(np.zeros(0, bool)).tolist() == [False]


def some_evidence(patient: str, seed: int, lesions: int = 60) -> LesionEvidence:
    """Return lesions that are real as often as the odds of their mean probability say."""
    rng = np.random.default_rng(seed)
    log_odds = rng.normal(size=lesions)
    real = rng.random(lesions) < 1 / (1 + np.exp(-2 * log_odds))
    common = np.diag(real.astype(float))
    return LesionEvidence(
        patient, log_odds, log_odds, np.ones(lesions), np.full(lesions, 15.0), np.ones(lesions), common
    )


def test_the_fit_finds_what_makes_lesions_real() -> None:
    weights = fit_lesions([some_evidence(str(seed), seed, 400) for seed in range(4)])
    assert weights == pytest.approx((0.0, 2.0), abs=0.25)


def test_inference_computes_the_same_confidence(scan: LesionEvidence) -> None:
    weights = (-0.5, 1.5)
    calibration = Calibration(1.0, 0.0, *weights)
    expected = [lesion_confidence(mean, calibration) for mean in (0.8, 0.6)]
    assert confidences(scan, weights) == pytest.approx(expected, abs=1e-5)


def test_separable_lesions_do_not_make_certain(scan: LesionEvidence) -> None:
    assert np.all((confidences(scan, fit_lesions([scan])) > 0.01) & (confidences(scan, fit_lesions([scan])) < 0.99))


def test_no_lesion_is_judged_by_its_own_patient() -> None:
    evidence = [some_evidence("a", 0), some_evidence("a", 1), some_evidence("b", 2)]
    held_out = held_out_confidences(evidence)
    assert held_out[0] == pytest.approx(confidences(evidence[0], fit_lesions(evidence[2:])))
    assert held_out[2] == pytest.approx(confidences(evidence[2], fit_lesions(evidence[:2])))


def test_the_area_under_the_curve_is_the_chance_of_the_right_order() -> None:
    assert area_under_curve(np.array([0.1, 0.4, 0.3, 0.9]), np.array([False, False, True, True])) == 0.75
    assert area_under_curve(np.array([0.1]), np.array([True])) is None


def test_a_threshold_trades_found_for_false(scan: LesionEvidence) -> None:
    sure = [np.array([0.7, 0.2])]
    everything, half, nothing = (tradeoff([scan], sure, threshold) for threshold in (0.0, 0.5, 0.9))
    assert (everything.lesions, everything.found, everything.false_a_scan) == ((0, 0, 2), (0, 0, 1), 1.0)
    assert (half.found, half.false_a_scan, half.f1) == ((0, 0, 1), 0.0, 2 / 3)
    assert (nothing.found, nothing.f1) == ((0, 0, 0), 0.0)
    assert half.tumor_dice > everything.tumor_dice > nothing.tumor_dice == 0.0


def test_the_best_threshold_is_the_lowest_that_hardly_costs_dice() -> None:
    def choice(threshold: float, tumor_dice: float, f1: float) -> Tradeoff:
        return Tradeoff(threshold, (0, 0, 3), (0, 0, 3), 1.0, tumor_dice, f1)

    choices = [choice(0.0, 0.5, 0.9), choice(0.2, 0.597, 0.7), choice(0.3, 0.6, 0.7), choice(0.5, 0.4, 0.8)]
    assert best(choices).threshold == 0.2
