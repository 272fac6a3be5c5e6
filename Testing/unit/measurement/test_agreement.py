"""Agreement of two segmentations, empty ones included."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.result import LIVER, TUMOR
from LightMSegmentationLib.measurement.agreement import Agreement, agreement, compare

CUBES_OF_1_ML = (10.0, 10.0, 10.0)
GRID = Grid((6, 4, 4), CUBES_OF_1_ML, (0.0, 0.0, 0.0))


def a_block(start: int, stop: int) -> np.ndarray:
    """Return 16 voxels for each step along i from start to stop."""
    mask = np.zeros(GRID.shape, bool)
    mask[:, :, start:stop] = True
    return mask


def test_equal_masks_agree_in_everything() -> None:
    assert agreement(a_block(1, 4), a_block(1, 4), CUBES_OF_1_ML) == Agreement(1.0, 1.0, 0.0, 0.0, 48.0, 48.0)


def test_overlap_counts_voxels() -> None:
    found = agreement(a_block(0, 3), a_block(1, 6), CUBES_OF_1_ML)
    assert (found.dice, found.iou) == (4 / 8, 2 / 6)
    assert (found.prediction_ml, found.reference_ml) == (48.0, 80.0)


def test_two_plates_are_apart_by_their_distance() -> None:
    found = agreement(a_block(0, 1), a_block(4, 5), (2.5, 1.0, 1.0))
    assert (found.hd95_mm, found.assd_mm, found.dice, found.iou) == (10.0, 10.0, 0.0, 0.0)


def test_two_empty_masks_agree() -> None:
    assert agreement(a_block(0, 0), a_block(0, 0), CUBES_OF_1_ML) == Agreement(1.0, 1.0, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("prediction_is_empty", [True, False])
def test_one_empty_mask_has_no_distance(prediction_is_empty: bool) -> None:
    masks = (a_block(0, 0), a_block(2, 3)) if prediction_is_empty else (a_block(2, 3), a_block(0, 0))
    found = agreement(*masks, CUBES_OF_1_ML)
    assert (found.dice, found.iou, found.hd95_mm, found.assd_mm) == (0.0, 0.0, None, None)


def test_the_liver_is_compared_with_its_tumors() -> None:
    ours, theirs = np.zeros(GRID.shape, np.uint8), np.zeros(GRID.shape, np.uint8)
    ours[a_block(0, 4)] = theirs[a_block(0, 4)] = LIVER
    ours[a_block(0, 1)] = TUMOR
    theirs[a_block(0, 2)] = TUMOR
    found = compare(Volume(ours, GRID), Volume(theirs, GRID))
    assert {name: agreed.dice for name, agreed in found.items()} == {"liver": 1.0, "tumor": pytest.approx(2 / 3)}


def test_rounding_in_a_file_header_does_not_matter() -> None:
    labels = Volume(np.ones(GRID.shape, np.uint8), GRID)
    rounded = Volume(labels.array, replace(GRID, origin=(0.00001, 0.0, 0.0), spacing=(10.00001, 10.0, 10.0)))
    assert compare(labels, rounded)["liver"].dice == 1.0


@pytest.mark.parametrize(
    "other",
    [
        Grid((6, 4, 5), CUBES_OF_1_ML, (0.0, 0.0, 0.0)),
        replace(GRID, origin=(1.0, 0.0, 0.0)),
        replace(GRID, direction=(-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)),
    ],
    ids=["size", "origin", "direction"],
)
def test_segmentations_on_different_grids_are_refused(other: Grid) -> None:
    labels = [Volume(np.ones(grid.shape, np.uint8), grid) for grid in (GRID, other)]
    with pytest.raises(UnusableInputError, match="different grids"):
        compare(*labels)
