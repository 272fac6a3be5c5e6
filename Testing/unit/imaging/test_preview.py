"""The preview shows the largest tumor from three sides, as radiologists expect it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import SimpleITK as sitk
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.preview import preview_image, write_preview
from LightMSegmentationLib.imaging.preview_slice import LIVER_COLOR, TUMOR_COLOR, Slice, draw_slice, outline_colors
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.class_roles import segments_of
from LightMSegmentationLib.measurement.lesions import measure
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

GRID = Grid((80, 60, 40), (4.0, 4.0, 5.0), (-160.0, -120.0, 0.0))


@pytest.fixture
def scan() -> Volume:
    """Return a body with a bright spot on the patient's left, in front, near the head."""
    hu = np.full(GRID.shape, -1000, dtype=np.int16)
    hu[:, 5:55, 5:75] = 40
    hu[30:38, 8:18, 58:68] = 1000
    return Volume(hu, GRID)


@pytest.fixture
def labels() -> Volume:
    """Return a liver on the patient's right with a tumor in it, whose slices cross the bright spot."""
    array = np.zeros(GRID.shape, dtype=np.uint8)
    array[10:38, 8:40, 10:40] = 1
    array[31:37, 9:15, 20:26] = 2
    return Volume(array, GRID)


def near(picture: Image.Image, color: tuple[int, int, int]) -> np.ndarray:
    """Return where a picture has about a color: (rows, columns)."""
    return np.abs(np.asarray(picture).astype(int) - color).max(axis=-1) < 30


def test_the_patients_right_is_left_and_anterior_is_up(scan: Volume, labels: Volume):
    whole = preview_image(scan, labels, measure(labels))
    axial = whole.crop((12, 12, 12 + round(280 * 1244 / 480), 12 + round(200 * 1244 / 480)))
    tumor = np.argwhere(near(axial, TUMOR_COLOR)).mean(axis=0)
    spot = np.median(np.argwhere(near(axial, (255, 255, 255))), axis=0)
    rows, columns = axial.height, axial.width
    assert tumor[1] < 0.4 * columns < 0.6 * columns < spot[1], "right on the left"
    assert tumor[0] < 0.35 * rows, "anterior above"


def test_the_picture_does_not_depend_on_how_the_voxels_are_stored(scan: Volume, labels: Volume):
    expected = np.asarray(preview_image(scan, labels, measure(labels)))
    turned = [
        Volume.of_image(sitk.Flip(sitk.PermuteAxes(volume.to_image(), (2, 0, 1)), (True, False, True)))
        for volume in (scan, labels)
    ]
    found = np.asarray(preview_image(*turned, measure(turned[1])))
    np.testing.assert_array_equal(found, expected)


def test_a_slice_keeps_its_proportions_in_mm():
    view = Slice(np.zeros((10, 40), np.int16), np.zeros((10, 40), np.uint8), (5.0, 0.5))
    assert view.size_mm == (20.0, 50.0)
    assert draw_slice(view, 2.0).size == (40, 100)


def test_the_outline_lies_on_the_border_of_the_label():
    label = np.zeros((40, 40), np.uint8)
    label[10:30, 10:30] = 1
    picture = draw_slice(Slice(np.full((40, 40), -1000, np.int16), label, (1.0, 1.0)), 5.0)
    rows, columns = np.nonzero(near(picture, LIVER_COLOR))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == pytest.approx((50, 149, 50, 149), abs=2)
    assert not near(picture, LIVER_COLOR)[60:140, 60:140].any()


def test_without_a_tumor_the_liver_is_shown(scan: Volume, labels: Volume, tmp_path: Path):
    liver = Volume(np.minimum(labels.array, 1), GRID)
    write_preview(scan, liver, measure(liver), tmp_path / "p.png")
    with Image.open(tmp_path / "p.png") as picture:
        assert near(picture.convert("RGB"), LIVER_COLOR).sum() > 500


def test_organs_are_outlined_in_colors_that_are_told_apart(scan: Volume, labels: Volume):
    organs = segments_of({"background": 0, "spleen": 1, "aorta": 2})
    picture = preview_image(scan, labels, None, organs)
    for color in outline_colors(organs).values():
        assert near(picture, color).sum() > 100 or color in (LIVER_COLOR, TUMOR_COLOR)


def test_a_scan_of_a_few_slices_is_shown_too(scan: Volume, labels: Volume):
    thin = Grid((80, 60, 3), GRID.spacing, GRID.origin)
    few = [Volume(volume.array[31:34].copy(), thin) for volume in (scan, labels)]
    assert preview_image(*few, measure(few[1])).width == 1280


def test_many_lesions_do_not_overflow_the_legend(scan: Volume, labels: Volume):
    array = labels.array.copy()
    array[12:38:4, 10:38:6, 12:38:6] = 2
    many = Volume(array, GRID)
    assert preview_image(scan, many, measure(many)).height < 2000
