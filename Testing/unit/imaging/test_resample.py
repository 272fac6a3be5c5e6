"""Resampling keeps places, means and types."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from LightMSegmentationLib.imaging.box import Box, crop_grid
from LightMSegmentationLib.imaging.canonical import from_canonical, to_canonical
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.resample import resample, resampled_grid
from LightMSegmentationLib.imaging.volume import Volume
from scipy import ndimage

from Testing.unit.imaging.reading import oblique_direction
from Testing.unit.imaging.test_canonical import ARRANGEMENTS, arranged_axes, points

STRAIGHT = Grid((24, 20, 16), (1.0, 1.5, 2.0), (-10.0, 20.0, 30.0))
SLOPE = np.array([3.0, -2.0, 5.0])


def linear(grid: Grid) -> Volume:
    """Return a float32 volume whose values depend linearly on the place."""
    return Volume((points(grid) @ SLOPE).reshape(grid.shape).astype(np.float32), grid)


def corners(grid: Grid) -> np.ndarray:
    """Return the two outer corners (LPS) of a grid's box."""
    ends = np.array([[-0.5, -0.5, -0.5, 1.0], [*(length - 0.5 for length in grid.size), 1.0]])
    return (ends @ grid.index_to_lps.T)[:, :3]


@given(
    spacing=st.tuples(*[st.floats(0.5, 6.0)] * 3),
    turn=st.floats(-90.0, 90.0),
    arrangement=st.sampled_from(ARRANGEMENTS),
)
@settings(max_examples=60, deadline=None)
def test_linear_fields_are_exact_inside_for_any_axes_and_spacing(spacing, turn, arrangement):
    source = Grid((18, 16, 14), (1.0, 1.5, 2.0), (5.0, -7.0, 9.0), arranged_axes(*arrangement, turn))
    target = resampled_grid(source, spacing)
    result = resample(linear(source), target, -1000.0)
    reach = np.ceil(np.maximum(1.0, np.divide(source.spacing, spacing))).astype(int) + 1
    inside = tuple(slice(margin, -margin) for margin in reach[::-1])
    np.testing.assert_allclose(result.array[inside], linear(target).array[inside], atol=2e-3)


@given(spacing=st.tuples(*[st.floats(0.4, 9.0)] * 3), size=st.tuples(*[st.integers(1, 30)] * 3))
def test_the_resampled_grid_covers_the_same_box(spacing, size):
    source = Grid(size, (0.7, 1.3, 2.5), (-10.0, 20.0, 30.0), oblique_direction())
    target = resampled_grid(source, spacing)
    assert target.spacing == spacing
    assert target.direction == source.direction
    axes = np.reshape(source.direction, (3, 3))
    overhang = (corners(source) - corners(target)) @ axes
    np.testing.assert_allclose(overhang[0], -overhang[1], atol=1e-6)
    assert (overhang[0] >= -1e-5).all()
    assert (overhang[0] < np.divide(spacing, 2)).all()


@pytest.mark.parametrize("arrangement", ARRANGEMENTS[::5])
@pytest.mark.parametrize("turn", [0.0, 30.0])
@pytest.mark.parametrize("spacing", [(3.0, 3.0, 3.0), (1.5, 1.5, 2.0), (0.8, 0.8, 5.0)])
def test_a_ball_goes_to_the_network_and_back_to_the_same_place(arrangement, turn, spacing):
    native = Grid((50, 44, 30), (0.9, 1.1, 2.5), (-25.0, 120.0, 30.0), arranged_axes(*arrangement, turn))
    center = (native.index_to_lps @ [24.3, 21.6, 15.2, 1.0])[:3]
    distance = np.linalg.norm(points(native) - center, axis=1).reshape(native.shape)
    ball = Volume(np.clip(12.0 - distance, -3.0, 3.0).astype(np.float32), native)

    canonical = to_canonical(ball)
    seen = resample(canonical, resampled_grid(canonical.grid, spacing), -3.0)
    back = resample(seen, canonical.grid, -3.0)
    mask = from_canonical(back.array, native) > 0

    truth = ball.array > 0
    assert 2 * (mask & truth).sum() / (mask.sum() + truth.sum()) > 0.95
    drift = np.mean(points(native)[mask.ravel()], axis=0) - np.mean(points(native)[truth.ravel()], axis=0)
    np.testing.assert_allclose(drift, 0.0, atol=0.15)


def test_fine_detail_is_averaged_and_not_aliased():
    k, j, i = np.indices(STRAIGHT.shape)
    checkers = Volume(np.where((i + j + k) % 2, 1000.0, -1000.0).astype(np.float32), STRAIGHT)
    shrunk = resample(checkers, resampled_grid(STRAIGHT, (3.0, 4.5, 6.0)), 0.0)
    assert np.abs(shrunk.array[1:-1, 1:-1, 1:-1]).max() < 100


def test_the_same_grid_gives_the_same_voxels():
    volume = Volume(np.random.default_rng(0).integers(-1000, 1000, STRAIGHT.shape, np.int16), STRAIGHT)
    np.testing.assert_array_equal(resample(volume, STRAIGHT, 0).array, volume.array)


def test_enlarging_is_linear_interpolation():
    volume = Volume(np.random.default_rng(0).normal(size=STRAIGHT.shape).astype(np.float32), STRAIGHT)
    finer = resampled_grid(STRAIGHT, (0.5, 0.5, 0.5))
    to_index = np.linalg.inv(STRAIGHT.index_to_lps)
    indices = (np.c_[points(finer), np.ones(np.prod(finer.shape))] @ to_index.T)[:, 2::-1]
    expected = ndimage.map_coordinates(volume.array, indices.T, order=1, mode="nearest", prefilter=False)
    np.testing.assert_allclose(resample(volume, finer, 0.0).array.ravel(), expected, atol=1e-5)


def test_outside_the_box_is_the_default_value():
    volume = Volume(np.full(STRAIGHT.shape, 40, np.int16), STRAIGHT)
    wider = crop_grid(STRAIGHT, Box((-2, -3, -4), (20, 24, 28)))
    expected = np.full(wider.shape, -1000)
    expected[2:18, 3:23, 4:28] = 40
    np.testing.assert_array_equal(resample(volume, wider, -1000).array, expected)


def test_a_grid_beside_the_volume_is_all_default_value():
    volume = Volume(np.full(STRAIGHT.shape, 40, np.int16), STRAIGHT)
    beside = crop_grid(STRAIGHT, Box((100, 100, 100), (103, 104, 105)))
    assert (resample(volume, beside, -1000).array == -1000).all()


def test_a_part_of_a_grid_gets_the_same_values_as_in_the_whole():
    volume = Volume(np.random.default_rng(0).normal(size=STRAIGHT.shape).astype(np.float32), STRAIGHT)
    whole = resampled_grid(STRAIGHT, (1.7, 0.6, 3.1))
    part = Box((2, 5, 1), (7, 30, 9))
    np.testing.assert_allclose(
        resample(volume, crop_grid(whole, part), 0.0).array, resample(volume, whole, 0.0).array[part.slices], atol=1e-4
    )


@pytest.mark.parametrize("kind", [np.int16, np.uint8, np.float32, np.float64])
def test_the_type_of_the_voxels_is_kept(kind: type):
    volume = Volume(np.full(STRAIGHT.shape, 7, kind), STRAIGHT)
    result = resample(volume, resampled_grid(STRAIGHT, (2.0, 2.0, 2.0)), 0)
    assert result.array.dtype == kind
    np.testing.assert_allclose(result.array, 7, atol=1e-6)


def test_one_slice_stands_for_its_whole_thickness():
    flat = Grid((8, 8, 1), (1.0, 1.0, 10.0), (0.0, 0.0, 0.0))
    result = resample(Volume(np.full(flat.shape, 7, np.int16), flat), resampled_grid(flat, (1.0, 1.0, 2.0)), 0)
    assert result.array.shape == (5, 8, 8)
    assert (result.array == 7).all()


def test_axes_that_are_not_parallel_are_an_error():
    turned = Grid(STRAIGHT.size, STRAIGHT.spacing, STRAIGHT.origin, oblique_direction())
    with pytest.raises(ValueError, match="parallel axes"):
        resample(linear(STRAIGHT), turned, 0.0)
