"""Canonical axes leave every voxel where it is in space."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from LightMSegmentationLib.imaging.canonical import canonical_grid, from_canonical, to_canonical
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume

ARRANGEMENTS = [(axes, signs) for axes in permutations(range(3)) for signs in product((1.0, -1.0), repeat=3)]


def arranged_axes(axes: tuple[int, ...], signs: tuple[float, ...], turn: float = 0.0) -> tuple[float, ...]:
    """Return voxel axes along L, P and S in any order and sense, turned by ``turn`` degrees about a slanted axis."""
    straight = np.eye(3)[:, axes] * signs
    oblique = np.reshape(sitk.VersorTransform((3.0, 1.0, 2.0), np.deg2rad(turn)).GetMatrix(), (3, 3))
    return tuple((oblique @ straight).ravel())


def numbered(grid: Grid) -> Volume:
    """Return a volume whose voxels all differ."""
    return Volume(np.arange(np.prod(grid.shape), dtype=np.int16).reshape(grid.shape), grid)


def points(grid: Grid) -> np.ndarray:
    """Return the place (LPS) of every voxel, in the order of the raveled array."""
    k, j, i = np.indices(grid.shape).reshape(3, -1)
    return (np.stack([i, j, k, np.ones_like(i)], axis=1) @ grid.index_to_lps.T)[:, :3]


def assert_same_places(first: Volume, second: Volume) -> None:
    """Every value is at the same place in both (values are unique)."""
    one, other = np.argsort(first.array.ravel()), np.argsort(second.array.ravel())
    np.testing.assert_array_equal(first.array.ravel()[one], second.array.ravel()[other])
    np.testing.assert_allclose(points(first.grid)[one], points(second.grid)[other], atol=1e-9)


@pytest.mark.parametrize(("axes", "signs"), ARRANGEMENTS)
@pytest.mark.parametrize("turn", [0.0, 25.0])
def test_every_permutation_and_flip_becomes_the_same_volume(
    axes: tuple[int, ...], signs: tuple[float, ...], turn: float
):
    native = numbered(Grid((4, 3, 2), (0.7, 1.1, 5.0), (-10.0, 20.0, 30.0), arranged_axes(axes, signs, turn)))
    canonical = to_canonical(native)
    np.testing.assert_allclose(np.reshape(canonical.grid.direction, (3, 3)), _turned(turn), atol=1e-12)
    assert_same_places(canonical, native)
    np.testing.assert_array_equal(from_canonical(canonical.array, native.grid), native.array)


@given(
    arrangement=st.sampled_from(ARRANGEMENTS),
    turn=st.floats(-180.0, 180.0),
    size=st.tuples(*[st.integers(1, 6)] * 3),
    spacing=st.tuples(*[st.floats(0.3, 10.0)] * 3),
    origin=st.tuples(*[st.floats(-500.0, 500.0)] * 3),
)
def test_any_oblique_anisotropic_grid_keeps_its_places(arrangement, turn, size, spacing, origin):
    native = numbered(Grid(size, spacing, origin, arranged_axes(*arrangement, turn)))
    canonical = to_canonical(native)
    assert canonical.grid == canonical_grid(native.grid)
    assert_same_places(canonical, native)
    np.testing.assert_array_equal(from_canonical(canonical.array, native.grid), native.array)
    cosines = np.reshape(canonical.grid.direction, (3, 3))
    assert np.trace(cosines) >= max(np.abs(cosines)[range(3), axes].sum() for axes in permutations(range(3))) - 1e-6


def test_a_canonical_volume_is_not_copied():
    native = numbered(Grid((4, 3, 2), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)))
    assert np.shares_memory(to_canonical(native).array, native.array)


def test_leading_axes_such_as_classes_stay_in_front():
    grid = Grid((4, 3, 2), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), arranged_axes((2, 0, 1), (1.0, -1.0, 1.0)))
    native = np.arange(48).reshape(2, *grid.shape)
    canonical = np.stack([to_canonical(Volume(part, grid)).array for part in native])
    np.testing.assert_array_equal(from_canonical(canonical, grid), native)


def test_arrays_are_contiguous_for_those_who_need_it():
    grid = Grid((4, 3, 2), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), arranged_axes((2, 0, 1), (1.0, -1.0, 1.0)))
    canonical = to_canonical(numbered(grid)).array
    assert canonical.flags.c_contiguous
    assert from_canonical(canonical, grid).flags.c_contiguous


def _turned(turn: float) -> np.ndarray:
    return np.reshape(arranged_axes((0, 1, 2), (1.0, 1.0, 1.0), turn), (3, 3))
