"""Lesions found, missed and invented, by size."""

from __future__ import annotations

import numpy as np
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.result import TUMOR
from LightMSegmentationLib.measurement.detection import Detection, detect

GRID = Grid((40, 6, 1), (3.0, 3.0, 3.0), (0.0, 0.0, 0.0))


def tumors(*spans: tuple[int, int]) -> Volume:
    """Return labels with tumors of 3 mm height along i, each from start to stop."""
    array = np.zeros(GRID.shape, np.uint8)
    for start, stop in spans:
        array[0, 2, start:stop] = TUMOR
    return Volume(array, GRID)


def test_lesions_are_counted_in_the_class_of_their_own_size() -> None:
    small, middle, large = detect(tumors((0, 2), (5, 9), (20, 30)), tumors((0, 3), (5, 9), (20, 39)))
    assert small == Detection(0.0, 10.0, 1, 1, 1, 0)
    assert middle == Detection(10.0, 20.0, 1, 1, 1, 0)
    assert large == Detection(20.0, None, 1, 1, 1, 0)


def test_a_missed_lesion_lowers_sensitivity() -> None:
    small, *_ = detect(tumors((0, 2)), tumors((0, 2), (5, 7)))
    assert (small.reference_lesions, small.found, small.sensitivity, small.false_positives) == (2, 1, 0.5, 0)


def test_an_invented_lesion_is_a_false_positive_of_its_own_size() -> None:
    small, middle, _ = detect(tumors((0, 2), (20, 24)), tumors((0, 2)))
    assert (small.false_positives, middle.false_positives) == (0, 1)


def test_a_class_without_lesions_has_no_sensitivity() -> None:
    assert detect(tumors(), tumors())[0].sensitivity is None


def test_one_prediction_over_two_lesions_finds_both() -> None:
    small, _, large = detect(tumors((0, 8)), tumors((0, 3), (5, 8)))
    assert (small.found, large.false_positives) == (2, 0)


def test_less_than_a_tenth_of_a_lesion_is_not_found() -> None:
    *_, large = detect(tumors((0, 1)), tumors((0, 11)))
    assert large.found == 0
    *_, large = detect(tumors((0, 1)), tumors((0, 10)))
    assert large.found == 1


def test_a_prediction_that_hardly_touches_a_lesion_is_a_false_positive() -> None:
    *_, large = detect(tumors((0, 21)), tumors((20, 22)))
    assert (large.predicted_lesions, large.false_positives) == (1, 1)
