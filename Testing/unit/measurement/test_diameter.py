"""The largest axial diameter is exact on shapes whose answer is known."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from LightMSegmentationLib.measurement.diameter import largest_axial_diameter


def one_slice(*rows: str) -> np.ndarray:
    """Return a mask of one slice; # is lesion."""
    return np.array([[[character == "#" for character in row] for row in rows]])


def test_a_single_pixel_is_as_long_as_its_longer_side() -> None:
    assert largest_axial_diameter(one_slice("#"), (2.0, 3.0)) == 3.0


def test_a_row_is_as_long_as_its_pixels_together() -> None:
    assert largest_axial_diameter(one_slice("####"), (2.0, 0.5)) == 8.0


def test_columns_use_the_distance_of_the_rows() -> None:
    assert largest_axial_diameter(one_slice("#", "#", "#"), (1.0, 2.5)) == 7.5


def test_a_square_is_measured_between_the_edge_midpoints_of_opposite_corners() -> None:
    assert largest_axial_diameter(one_slice("##", "##"), (1.0, 1.0)) == pytest.approx(math.hypot(1, 2))


def test_pixels_that_touch_at_a_corner_are_measured_together() -> None:
    assert largest_axial_diameter(one_slice("#..", ".#.", "..#"), (1.0, 1.0)) == pytest.approx(math.hypot(2, 3))


def test_the_diameter_runs_across_a_bay_in_the_outline() -> None:
    assert largest_axial_diameter(one_slice("#.#", "###"), (4.0, 1.0)) == pytest.approx(math.hypot(12, 1))


def test_the_length_through_the_slices_does_not_count() -> None:
    assert largest_axial_diameter(np.ones((50, 1, 2), bool), (1.0, 1.0)) == 2.0


def test_only_pixels_of_one_slice_are_measured_together() -> None:
    mask = np.zeros((2, 1, 6), bool)
    mask[0, 0, :2] = mask[1, 0, 3:] = True
    assert largest_axial_diameter(mask, (1.0, 1.0)) == 3.0


@pytest.mark.parametrize("diameter", [8.0, 20.0, 50.0])
def test_a_sphere_is_as_wide_as_it_is(diameter: float) -> None:
    k, j, i = np.ogrid[-40:41, -40:41, -40:41]
    sphere = k**2 + j**2 + i**2 <= (diameter / 2 / 0.75) ** 2
    assert largest_axial_diameter(sphere, (0.75, 0.75)) == pytest.approx(diameter, abs=0.75)


@given(arrays.arrays(bool, (2, 5, 6)).filter(np.any), st.floats(0.2, 5), st.floats(0.2, 5))
def test_it_equals_the_longest_of_all_distances_between_edge_midpoints(mask: np.ndarray, dx: float, dy: float) -> None:
    longest = 0.0
    for pixels in mask:
        midpoints = [
            ((x + a) * dx, (y + b) * dy)
            for y, x in np.argwhere(pixels)
            for a, b in ((-0.5, 0), (0.5, 0), (0, -0.5), (0, 0.5))
        ]
        longest = max([longest, *(math.dist(*pair) for pair in itertools.combinations(midpoints, 2))])
    assert largest_axial_diameter(mask, (dx, dy)) == pytest.approx(longest)
