"""What passes for a CT in HU that can hold a liver, and what does not (the refusals are in test_bad_input)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.check import check_ct, liver_doubts
from LightMSegmentationLib.imaging.grid import Vector
from LightMSegmentationLib.imaging.volume import Volume

from Testing.data.tiny_ct import tiny_ct
from Testing.unit.imaging.test_canonical import ARRANGEMENTS, arranged_axes


def changed(change) -> Volume:
    """Return the tiny CT with changed values."""
    scan = tiny_ct()
    return Volume(change(scan.array.astype(np.int32)).astype(np.int16), scan.grid)


def on_grid(**changes) -> Volume:
    """Return the tiny CT on a changed grid."""
    scan = tiny_ct()
    return Volume(scan.array, replace(scan.grid, **changes))


def with_padding(array: np.ndarray, value: int) -> np.ndarray:
    """Return the values with padding outside of the scanner's circle."""
    j, i = np.indices(array.shape[1:])
    outside = np.hypot((i - 14.5) / 14.5, (j - 11.5) / 11.5) > 1
    return np.where(outside, value, array)


def test_a_plain_ct_passes_without_a_note():
    assert check_ct(tiny_ct()) == ()


@pytest.mark.parametrize("padding", [-1024, -2000, -2048, -3024, -3071, -32768, 0])
def test_padding_around_the_scanned_circle_passes(padding: int):
    assert check_ct(changed(lambda hu: with_padding(hu, padding))) == ()


def test_metal_passes():
    assert check_ct(changed(lambda hu: np.where(hu > 500, 32000, hu))) == ()


def test_a_small_body_in_a_wide_field_of_view_passes():
    scan = tiny_ct()
    wide = np.full((20, 120, 120), -1000, np.int16)
    wide[:, 48:72, 45:75] = scan.array
    assert check_ct(Volume(wide, replace(scan.grid, size=(120, 120, 20), spacing=(4.0, 4.0, 8.0)))) == ()


@pytest.mark.parametrize("window", [(-250, 500), (-150, 250), (-200, 300), (-75, 175)])
def test_values_clipped_to_a_wide_window_pass_with_a_note(window: tuple[int, int]):
    (note,) = check_ct(changed(lambda hu: np.clip(hu, *window)))
    assert note == f"The values seem to be clipped to {window[0]}..{window[1]} HU."


def test_a_crop_around_the_liver_passes():
    scan = tiny_ct()
    crop = Volume(scan.array[4:16, 3:21, 4:26], replace(scan.grid, size=(22, 18, 12)))
    assert check_ct(crop) == ()


@pytest.mark.parametrize("offset", [1000, 1024, 1050])
def test_a_lost_intercept_is_told_from_mr(offset: int):
    with pytest.raises(UnusableInputError, match="rescale intercept was lost"):
        check_ct(changed(lambda hu: np.maximum(hu + offset, 0)))


@pytest.mark.parametrize("array", [
    np.abs(np.random.default_rng(0).normal(0, 300, tiny_ct().array.shape)),
    np.abs(np.random.default_rng(0).normal(0, 60, tiny_ct().array.shape)) * (tiny_ct().array > -500) * 10,
    np.random.default_rng(0).normal(0, 1, tiny_ct().array.shape),
    np.random.default_rng(0).uniform(0, 1, tiny_ct().array.shape),
], ids=["noise", "MR with an empty background", "z-scores", "0..1"])  # fmt: skip
def test_images_without_the_negative_values_of_air_are_refused(array: np.ndarray):
    with pytest.raises(UnusableInputError, match=r"not .*in HU"):
        check_ct(Volume(array.astype(np.float32), tiny_ct().grid))


def test_the_name_given_is_the_one_in_the_sentence():
    with pytest.raises(UnusableInputError, match=r"^scan\.nii\.gz has the same value, 0, everywhere\."):
        check_ct(changed(np.zeros_like), "scan.nii.gz")


@pytest.mark.parametrize("arrangement", ARRANGEMENTS[::7])
def test_any_orientation_passes(arrangement):
    grid = tiny_ct().grid
    size = tuple(grid.size[axis] for axis in np.argsort(arrangement[0]))
    scan = tiny_ct(size=size, direction=arranged_axes(*arrangement, 10.0))
    assert check_ct(scan) == ()


def test_slices_of_ten_millimeters_pass():
    assert check_ct(on_grid(spacing=(10.0, 10.0, 10.0))) == ()


def test_a_whole_abdomen_raises_no_doubts():
    assert liver_doubts(tiny_ct(size=(75, 60, 32), spacing=(4.0, 4.0, 5.0))) == ()


@pytest.mark.parametrize(("spacing", "doubt"), [
    ((4.0, 4.0, 2.0), "The scan covers only 64 mm along the body; a whole liver needs about 150 mm."),
    ((2.0, 2.0, 5.0), "The field of view is only 150 x 120 mm; an abdomen needs about 300 mm."),
    ((4.0, 4.0, 10.0), "The voxels are 10 mm long, too coarse to see much of a liver."),
])  # fmt: skip
def test_a_grid_that_shows_little_of_a_liver_raises_a_doubt(spacing: Vector, doubt: str):
    assert liver_doubts(tiny_ct(size=(75, 60, 32), spacing=spacing)) == (doubt,)


def test_little_soft_tissue_raises_a_doubt():
    lung = changed(lambda hu: np.where((hu > 0) & (hu < 200), -800, hu))
    assert "Only 0.0% of the voxels have the HU of soft tissue (0 to 200)." in liver_doubts(lung)
