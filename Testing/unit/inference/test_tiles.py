"""Tiles cover everything, and their weights favor the center."""

from __future__ import annotations

from itertools import pairwise

import torch
from hypothesis import given
from hypothesis import strategies as st
from LightMSegmentationLib.inference.tiles import gaussian_weights, tile_origins


@given(st.integers(1, 200), st.integers(8, 96), st.sampled_from([0.0, 0.25, 0.5, 0.75]))
def test_tiles_cover_every_voxel_and_stay_inside(extent: int, length: int, overlap: float) -> None:
    origins = [origin for (origin,) in tile_origins([extent], [length], overlap)]
    covered = {voxel for origin in origins for voxel in range(origin, origin + length)}
    assert covered >= set(range(extent))
    assert min(origins) == 0
    assert max(origins) + length <= max(extent, length)


@given(st.integers(100, 300), st.sampled_from([0.25, 0.5]))
def test_neighboring_tiles_share_at_least_the_overlap(extent: int, overlap: float) -> None:
    origins = [origin for (origin,) in tile_origins([extent], [64], overlap)]
    steps = [following - origin for origin, following in pairwise(origins)]
    # Origins are rounded to voxels.
    assert all(step <= 64 * (1 - overlap) + 1 for step in steps)


def test_tiles_of_a_volume_are_the_product_of_its_axes() -> None:
    assert tile_origins((8, 8, 16), (8, 8, 8), 0.0) == [(0, 0, 0), (0, 0, 8)]


def test_weights_are_symmetric_largest_in_the_center_and_never_zero() -> None:
    weights = gaussian_weights((16, 24, 8))
    assert weights.shape == (16, 24, 8)
    assert torch.allclose(weights, weights.flip(0, 1, 2))
    assert weights.max() == weights[7, 11, 3]
    assert weights.min() > 0
