"""Balls are round in mm, whatever the spacing of the voxels."""

from __future__ import annotations

import numpy as np
from LightMSegmentationLib.training.ball import closed, grown, opened

SPACING = (4.0, 2.0, 1.0)


def a_voxel() -> np.ndarray:
    mask = np.zeros((9, 17, 33), bool)
    mask[4, 8, 16] = True
    return mask


def test_a_voxel_grows_by_the_same_length_along_every_axis() -> None:
    ball = grown(a_voxel(), 8.0, SPACING)
    assert [int(np.ptp(axis)) for axis in np.nonzero(ball)] == [4, 8, 16]


def test_nothing_grows_into_nothing() -> None:
    assert not grown(np.zeros((3, 3, 3), bool), 5.0, SPACING).any()


def test_opening_takes_thin_things_away_and_leaves_thick_ones() -> None:
    block = np.zeros((20, 20, 20), bool)
    block[5:15, 5:15, 5:15] = True
    line = np.zeros_like(block)
    line[10, 10] = True
    kept = opened(block | line, 3.0, (1.0, 1.0, 1.0))
    assert kept[5:15, 9:12, 9:12].all()
    assert not kept[10, 10, :3].any()


def test_closing_fills_a_narrow_gap_and_no_wide_one() -> None:
    mask = np.ones((11, 11, 24), bool)
    mask[:, :, 4:6] = False
    mask[:, :, 12:22] = False
    filled = closed(mask, 2.0, (1.0, 1.0, 1.0))
    assert filled[5, 5, 4:6].all()
    assert not filled[5, 5, 15:19].any()
    assert filled[mask].all()
