"""The measures of two-dimensional segmentation, on masks small enough to count."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.measurement.pixel_agreement import PixelAgreement, compare_masks, total_of


def test_every_measure_is_that_of_the_counted_pixels() -> None:
    prediction = np.array([[1, 1, 1, 0, 0, 0, 0, 0]], dtype=bool)
    reference = np.array([[0, 1, 1, 1, 1, 0, 0, 0]], dtype=bool)

    found = compare_masks(prediction, reference)

    assert found == PixelAgreement(true_positive=2, false_positive=1, false_negative=2, true_negative=3)
    assert found.as_plain == {
        "miou": 2 / 5,
        "dsc": 4 / 7,
        "accuracy": 5 / 8,
        "specificity": 3 / 4,
        "sensitivity": 2 / 4,
    }


def test_pictures_are_taken_together_by_their_pixels() -> None:
    full, empty = np.ones((2, 2), dtype=bool), np.zeros((2, 2), dtype=bool)
    total = total_of([compare_masks(full, full), compare_masks(empty, full)])
    assert (total.dsc, total.sensitivity) == (8 / 12, 0.5)


def test_nothing_to_divide_by_is_zero() -> None:
    empty = np.zeros((2, 2), dtype=bool)
    assert compare_masks(empty, empty).as_plain == {
        "miou": 0.0,
        "dsc": 0.0,
        "accuracy": 1.0,
        "specificity": 1.0,
        "sensitivity": 0.0,
    }


def test_masks_of_different_sizes_are_refused() -> None:
    with pytest.raises(UnusableInputError, match="different sizes, 3 x 2 and 2 x 2 pixels"):
        compare_masks(np.zeros((2, 3), dtype=bool), np.zeros((2, 2), dtype=bool))
