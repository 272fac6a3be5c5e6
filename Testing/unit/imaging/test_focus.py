"""What a reviewer sees first is the widest place of the largest tumor, or else of the liver."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from LightMSegmentationLib.imaging.focus import focus_of, widest_place
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume

GRID = Grid((16, 12, 10), (2.0, 3.0, 5.0), (-10.0, -20.0, 100.0))


def labels_with(*boxes: tuple[int, slice, slice, slice]) -> Volume:
    array = np.zeros(GRID.shape, np.uint8)
    for value, k, j, i in boxes:
        array[k, j, i] = value
    return Volume(array, GRID)


LIVER = (1, slice(2, 8), slice(2, 10), slice(2, 14))
WIDEST = (2, slice(5, 6), slice(5, 8), slice(5, 8))
REST = (2, slice(3, 7), slice(6, 7), slice(6, 7))
OTHER = (2, slice(2, 3), slice(2, 3), slice(11, 14))


def test_it_is_where_the_largest_tumor_is_widest() -> None:
    labels = labels_with(LIVER, WIDEST, REST, OTHER)
    assert focus_of(labels) == GRID.ras_at((5, 6, 6)) == (-2.0, 2.0, 125.0)


def test_without_a_tumor_it_is_in_the_middle_of_the_liver() -> None:
    more = (1, slice(4, 5), slice(1, 11), slice(1, 15))
    place = focus_of(labels_with(LIVER, more))
    assert place is not None
    assert place[2] == GRID.ras_at((4, 0, 0))[2]
    assert np.allclose(place, GRID.ras_at((4, 5.5, 7.5)), atol=3.0)


def test_without_a_liver_there_is_nothing_to_look_at() -> None:
    assert focus_of(labels_with()) is None


def test_the_order_in_which_voxels_are_stored_does_not_matter() -> None:
    labels = labels_with(LIVER, WIDEST, REST, OTHER)
    turned = Volume.of_image(sitk.Flip(sitk.PermuteAxes(labels.to_image(), (2, 0, 1)), (True, False, True)))
    assert focus_of(turned) == focus_of(labels)


def test_it_lies_in_an_organ_that_is_bent_around_its_middle() -> None:
    ring = np.ones((3, 7, 7), bool)
    ring[:, 1:6, 1:6] = False
    assert ring[widest_place(ring)]
