"""Thick slices are means of thin ones, and their labels what is there for the larger part."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.training.thinning import thinned_out

THIN = Grid((4, 3, 20), (2.0, 2.0, 1.0), (0.0, 0.0, 0.0))


def scan_and_labels(grid: Grid = THIN) -> tuple[Volume, Volume]:
    """Return HU that rise by 10 a slice; slices 0 to 16 are liver, 0 to 7 tumor."""
    levels = np.arange(grid.shape[0])[:, None, None]
    hu = np.broadcast_to(10 * levels, grid.shape).astype(np.int16)
    labels = np.broadcast_to(np.where(levels < 8, 2, np.where(levels < 17, 1, 0)), grid.shape).astype(np.uint8)
    return Volume(hu, grid), Volume(labels, grid)


def test_slices_are_averaged() -> None:
    thick, labels = thinned_out(*scan_and_labels(), 5.0)
    assert thick.grid.spacing == (2.0, 2.0, 5.0)
    assert thick.array[1:3, 1, 1].tolist() == [70, 120]
    assert labels.grid == thick.grid


def test_a_voxel_is_what_at_least_half_of_it_is() -> None:
    _, labels = thinned_out(*scan_and_labels(), 5.0)
    # The second slice is tumor for three fifths, the last one liver for two.
    assert labels.array[:, 1, 1].tolist() == [2, 2, 1, 0]


@pytest.mark.parametrize("slice_mm", [0.5, 1.0])
def test_slices_that_are_as_thick_stay(slice_mm: float) -> None:
    scan, labels = scan_and_labels()
    thick, thick_labels = thinned_out(scan, labels, slice_mm)
    assert np.array_equal(thick.array, scan.array)
    assert np.array_equal(thick_labels.array, labels.array)


def test_slices_are_those_of_the_patient_not_of_the_array() -> None:
    turned = Grid((20, 3, 4), (1.0, 2.0, 2.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0))
    scan, labels = scan_and_labels()
    stored = [Volume(volume.array.transpose(2, 1, 0).copy(), turned) for volume in (scan, labels)]
    thick, _ = thinned_out(*stored, 5.0)
    assert thick.array[1:3, 1, 1].tolist() == [70, 120]
