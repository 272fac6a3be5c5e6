"""The sheet shows where prediction and reference differ."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.imaging.comparison_sheet import (
    REFERENCE_LIVER_COLOR,
    REFERENCE_TUMOR_COLOR,
    ComparedCase,
    case_strip,
    sheet_of,
    telling_slices,
)
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.preview_slice import LIVER_COLOR, TUMOR_COLOR
from LightMSegmentationLib.imaging.volume import Volume

GRID = Grid((40, 30, 12), (2.0, 2.0, 5.0), (0.0, 0.0, 0.0))


def a_liver(tumor: slice | None = None, levels: slice = slice(2, 10)) -> np.ndarray:
    labels = np.zeros(GRID.shape, np.uint8)
    labels[levels, 6:24, 6:34] = 1
    if tumor is not None:
        labels[tumor, 10:18, 10:18] = 2
    return labels


def compared(prediction: np.ndarray, reference: np.ndarray, *, with_scan: bool = True) -> ComparedCase:
    scan = Volume(np.full(GRID.shape, 50, np.int16), GRID) if with_scan else None
    return ComparedCase("a case", Volume(prediction, GRID), Volume(reference, GRID), scan)


def colors_of(picture: object) -> set[tuple[int, int, int]]:
    return {tuple(color) for color in np.asarray(picture).reshape(-1, 3)}


def test_the_slices_show_most_tumor_and_the_largest_differences() -> None:
    reference = a_liver(tumor=slice(4, 6))
    prediction = a_liver(tumor=slice(8, 9), levels=slice(3, 10))
    assert telling_slices(prediction, reference) == [4, 2]
    assert telling_slices(a_liver(tumor=slice(8, 9)), a_liver()) == [2, 8]


def test_agreement_needs_one_slice() -> None:
    assert telling_slices(a_liver(), a_liver()) == [2]


@pytest.mark.parametrize("with_scan", [True, False])
def test_all_four_outlines_are_drawn(with_scan: bool) -> None:
    case = compared(a_liver(tumor=slice(4, 6))[:, :, ::-1].copy(), a_liver(tumor=slice(4, 6)), with_scan=with_scan)
    case.prediction.array[:, 6:8] = 0
    found = colors_of(case_strip(case))
    assert {LIVER_COLOR, TUMOR_COLOR, REFERENCE_LIVER_COLOR, REFERENCE_TUMOR_COLOR} <= found


def test_a_case_without_any_label_is_shown_too() -> None:
    nothing = np.zeros(GRID.shape, np.uint8)
    assert case_strip(compared(nothing, nothing)).width > 0


def test_the_sheet_holds_all_cases() -> None:
    strip = case_strip(compared(a_liver(), a_liver()))
    one, three = sheet_of([strip]), sheet_of([strip] * 3)
    assert (three.width, three.height) > (one.width, one.height)
    assert three.width >= 2 * strip.width
    assert three.height >= 2 * strip.height
