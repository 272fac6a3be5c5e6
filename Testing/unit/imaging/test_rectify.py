"""Sheared grids become rectangular ones with every voxel at its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.rectify import rectify

from Testing.unit.imaging.reading import oblique_direction, sample

SCAN = Path("scan.nrrd")
SIZE = (14, 12, 10)
"""x, y, z."""


def matrix_of(axes: np.ndarray) -> np.ndarray:
    """Return the matrix to LPS of axes (columns, mm) with the first voxel at a fixed place."""
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = axes, (-20.0, 30.0, 100.0)
    return matrix


def ramp(matrix: np.ndarray) -> np.ndarray:
    """Return int16 values (k, j, i) that depend linearly on the place."""
    k, j, i = np.indices(SIZE[::-1])
    places = np.stack([i, j, k], axis=-1) @ matrix[:3, :3].T
    return np.rint(places @ [10.0, -7.0, 5.0]).astype(np.int16)


@given(
    shears=st.tuples(*[st.floats(-0.5, 0.5)] * 3),
    spacing=st.tuples(*[st.floats(0.8, 3.0)] * 3),
    signs=st.tuples(*[st.sampled_from([1.0, -1.0])] * 3),
    turn=st.floats(-180.0, 180.0),
)
@settings(max_examples=50, deadline=None)
def test_every_voxel_stays_at_its_place(shears, spacing, signs, turn):
    shear = np.array([[1.0, shears[0], shears[1]], [0.0, 1.0, shears[2]], [0.0, 0.0, 1.0]])
    matrix = matrix_of(np.reshape(oblique_direction(turn), (3, 3)) @ shear * spacing * signs)
    array = ramp(matrix)
    volume = rectify(SCAN, array, matrix).volume

    directions = np.reshape(volume.grid.direction, (3, 3))
    np.testing.assert_allclose(directions.T @ directions, np.eye(3), atol=1e-6)
    # The middle is away from the air that fills the corners.
    middle = matrix @ [6.0, 5.0, 4.0, 1.0]
    reach = 3 * np.max(spacing)
    assert sample(volume, middle[np.newaxis, :3])[0] == pytest.approx(array[4, 5, 6], abs=2.0 + 0.1 * reach)


def test_shifted_slices_are_not_mixed():
    matrix = matrix_of(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 2.0]]))
    array = np.zeros(SIZE[::-1], np.int16)
    array[4] = 500
    result = rectify(SCAN, array, matrix)
    assert result.shear_degrees == pytest.approx(26.565, abs=0.01)
    assert result.volume.grid.spacing == pytest.approx((1.0, 1.0, 2.0))
    occupied = np.flatnonzero((result.volume.array > 0).any(axis=(1, 2)))
    assert occupied.tolist() == [4]
    assert (result.volume.array == 500).sum() == (array == 500).sum()


def test_every_voxel_is_kept_and_the_rest_is_air():
    matrix = matrix_of(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]]))
    array = np.full(SIZE[::-1], 40, np.int16)
    volume = rectify(SCAN, array, matrix).volume
    assert volume.grid.size == (14, 12 + 9, 10)
    assert (volume.array == 40).sum() == array.size
    assert (volume.array == -1024).sum() == volume.array.size - array.size


def test_rounding_errors_are_straightened_without_resampling():
    nearly = np.reshape(oblique_direction(), (3, 3)) + 1e-4 * np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    array = ramp(matrix_of(nearly))
    result = rectify(SCAN, array, matrix_of(nearly))
    assert result.shear_degrees == 0.0
    assert result.volume.array is array
    directions = np.reshape(result.volume.grid.direction, (3, 3))
    np.testing.assert_allclose(directions.T @ directions, np.eye(3), atol=1e-12)


def test_exact_axes_are_left_exactly_as_they_are():
    axes = np.reshape(oblique_direction(), (3, 3))
    result = rectify(SCAN, ramp(matrix_of(axes)), matrix_of(axes))
    np.testing.assert_allclose(np.reshape(result.volume.grid.direction, (3, 3)), axes, atol=1e-15)


@pytest.mark.parametrize("axes", [
    [[1, 0, 0], [0, 1, 1], [0, 0, 0]],
    [[1, 0.5, -0.5], [0, 0.87, 0.87], [0, 0, 0.01]],
    [[0, 0, 0], [0, 1, 0], [0, 0, 1]],
    [[np.nan, 0, 0], [0, 1, 0], [0, 0, 1]],
    [[1, 0.9, 0], [0, 0.4, 0], [0, 0, 1]],
])  # fmt: skip
def test_axes_that_are_nowhere_near_at_right_angles_are_refused(axes: list[list[float]]):
    with pytest.raises(UnusableInputError, match=r"^scan\.nrrd has voxel axes that are nowhere near at right angles"):
        rectify(SCAN, np.zeros(SIZE[::-1], np.int16), matrix_of(np.array(axes, float)))
