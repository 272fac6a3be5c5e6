"""Distances between surfaces, by hand and against a search of all pairs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from LightMSegmentationLib.measurement.surface_distance import surface_distances

MILLIMETERS = (1.0, 1.0, 1.0)


def a_row(*places: int) -> np.ndarray:
    """Return ten voxels in a row along i, with those at ``places`` inside."""
    mask = np.zeros((1, 1, 10), bool)
    mask[0, 0, list(places)] = True
    return mask


def a_ball(radius: float) -> np.ndarray:
    k, j, i = np.ogrid[-30:31, -30:31, -30:31]
    return k**2 + j**2 + i**2 <= radius**2


def test_two_voxels_are_apart_by_the_spacing_of_their_axis() -> None:
    distances = surface_distances(a_row(0), a_row(4), (2.5, 1.0, 1.0))
    assert (distances.percentile(95), distances.mean()) == (10.0, 10.0)


def test_voxels_inside_are_no_surface() -> None:
    cube = np.ones((5, 5, 5), bool)
    assert surface_distances(cube, cube, MILLIMETERS).forth.size == 5**3 - 3**3


def test_the_mean_weighs_every_surface_voxel_of_both_masks_alike() -> None:
    distances = surface_distances(a_row(0), a_row(0, 1, 2), MILLIMETERS)
    assert (distances.forth.tolist(), distances.back.tolist(), distances.mean()) == ([0], [0, 1, 2], 0.75)


def test_the_robust_hausdorff_distance_is_the_larger_of_both_ways() -> None:
    distances = surface_distances(a_row(0), a_row(0, 1, 2), MILLIMETERS)
    assert distances.percentile(95) == pytest.approx(1.9)
    assert distances.percentile(100) == 2.0


def test_concentric_balls_are_apart_by_the_difference_of_their_radii() -> None:
    distances = surface_distances(a_ball(20), a_ball(26), MILLIMETERS)
    assert distances.mean() == pytest.approx(6.0, abs=0.3)
    assert distances.percentile(95) == pytest.approx(6.0, abs=0.7)


@given(arrays.arrays(bool, (2, 4, 4)).filter(np.any), arrays.arrays(bool, (2, 4, 4)).filter(np.any), st.floats(0.2, 5))
def test_each_distance_is_the_shortest_of_all(one: np.ndarray, other: np.ndarray, dz: float) -> None:
    spacing = (0.8, 1.1, dz)
    ours, theirs = (np.argwhere(mask) * np.asarray(spacing[::-1]) for mask in (one, other))
    apart = np.linalg.norm(ours[:, None] - theirs[None], axis=2)
    distances = surface_distances(one, other, spacing)
    assert distances.forth == pytest.approx(apart.min(axis=1))
    assert distances.back == pytest.approx(apart.min(axis=0))
