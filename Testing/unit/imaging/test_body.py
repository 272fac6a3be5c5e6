"""Where the body is in a scan, and where a voxel is in the body."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.imaging.body import body_center, body_mask, index_of, offsets_mm
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume

GRID = Grid((30, 20, 10), (2.0, 3.0, 5.0), (-7.0, 11.0, 100.0))
AIR, MUSCLE = -1000.0, 50.0


@pytest.fixture
def a_body_on_a_table() -> np.ndarray:
    """A box of tissue with air in it, and a thin table below."""
    hu = np.full(GRID.shape, AIR)
    hu[2:8, 4:13, 6:20] = MUSCLE
    hu[4:6, 7:10, 10:16] = AIR
    hu[:, 16, :] = MUSCLE
    return hu


def test_the_body_is_the_largest_piece_of_tissue_and_not_the_table(a_body_on_a_table: np.ndarray) -> None:
    mask = body_mask(a_body_on_a_table)
    assert mask.sum() == 6 * 9 * 14 - 2 * 3 * 6
    assert not mask[:, 16].any()


def test_the_center_is_the_centroid_in_millimeters(a_body_on_a_table: np.ndarray) -> None:
    center = body_center(body_mask(a_body_on_a_table), GRID)
    assert center == pytest.approx((-7.0 + 2.0 * 12.5, 11.0 + 3.0 * 8.0, 100.0 + 5.0 * 4.5))
    assert index_of(center, GRID) == pytest.approx((12.5, 8.0, 4.5))


def test_a_scan_of_air_alone_has_its_own_middle_as_center() -> None:
    mask = body_mask(np.full(GRID.shape, AIR))
    assert not mask.any()
    assert index_of(body_center(mask, GRID), GRID) == pytest.approx((14.5, 9.5, 4.5))


def test_offsets_grow_to_the_patients_left_and_back_from_zero_at_the_center() -> None:
    volume = Volume(np.zeros(GRID.shape), GRID)
    center = (-7.0 + 2.0 * 10, 11.0 + 3.0 * 4, 0.0)
    leftward, backward = offsets_mm(volume, center)
    np.testing.assert_allclose(leftward, 2.0 * (np.arange(30) - 10), atol=1e-6)
    np.testing.assert_allclose(backward, 3.0 * (np.arange(20) - 4), atol=1e-6)


def test_offsets_do_not_depend_on_the_grid_that_asks() -> None:
    finer = Grid((60, 40, 20), (1.0, 1.5, 2.5), GRID.origin)
    center = (5.0, 20.0, 110.0)
    coarse, _ = offsets_mm(Volume(np.zeros(GRID.shape), GRID), center)
    fine, _ = offsets_mm(Volume(np.zeros(finer.shape), finer), center)
    np.testing.assert_allclose(fine[::2], coarse, atol=1e-5)
