"""Boxes of voxels keep their place in space."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.imaging.box import Box, crop, crop_grid
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume

OBLIQUE = (0.8, 0.6, 0.0, -0.6, 0.8, 0.0, 0.0, 0.0, 1.0)


@pytest.fixture
def an_oblique_volume() -> Volume:
    grid = Grid((5, 4, 3), (0.5, 1.0, 2.0), (10.0, -20.0, 30.0), OBLIQUE)
    return Volume(np.arange(60).reshape(3, 4, 5), grid)


def test_the_box_of_a_mask_holds_exactly_its_true_voxels() -> None:
    mask = np.zeros((4, 5, 6), dtype=bool)
    mask[1, 2, 3] = mask[2, 4, 3] = True
    assert Box.of_mask(mask) == Box((1, 2, 3), (3, 5, 4))


def test_an_empty_mask_has_no_box() -> None:
    assert Box.of_mask(np.zeros((2, 2, 2), dtype=bool)) is None


def test_a_cropped_voxel_stays_where_it_was(an_oblique_volume: Volume) -> None:
    box = Box((1, 2, 3), (3, 4, 5))
    cropped = crop(an_oblique_volume, box)
    assert cropped.array[0, 0, 0] == an_oblique_volume.array[1, 2, 3]
    assert np.allclose(cropped.grid.index_to_lps @ [0, 0, 0, 1], an_oblique_volume.grid.index_to_lps @ [3, 2, 1, 1])


def test_growing_is_in_millimeters_and_stops_at_the_grid(an_oblique_volume: Volume) -> None:
    assert Box((1, 1, 2), (2, 2, 3)).grown(1.0, an_oblique_volume.grid) == Box((0, 0, 0), (3, 3, 5))


def test_a_box_covers_itself_on_its_own_grid(an_oblique_volume: Volume) -> None:
    box = Box((0, 1, 2), (2, 3, 4))
    assert box.onto(an_oblique_volume.grid, an_oblique_volume.grid) == box


def test_a_box_on_a_finer_grid_covers_the_same_space() -> None:
    coarse = Grid((4, 4, 4), (3.0, 3.0, 3.0), (1.0, 1.0, 1.0))
    fine = Grid((12, 12, 12), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    assert Box((1, 0, 2), (3, 1, 4)).onto(coarse, fine) == Box((3, 0, 6), (9, 3, 12))


def test_a_cropped_grid_has_the_size_of_the_box(an_oblique_volume: Volume) -> None:
    assert crop_grid(an_oblique_volume.grid, Box((0, 1, 1), (3, 3, 5))).size == (4, 2, 3)
