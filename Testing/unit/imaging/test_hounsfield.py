"""Voxel values become int16 HU."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.hounsfield import as_int16, to_int16
from LightMSegmentationLib.imaging.volume import Volume

from Testing.data.tiny_ct import tiny_ct


def test_int16_is_not_copied():
    values = np.array([-1000, 50], np.int16)
    assert np.shares_memory(to_int16(values)[0], values)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(-0.6, -1), (0.4, 0), (1e9, 32767), (-1e9, -32768), (np.nan, -1024), (np.inf, -1024), (-np.inf, -1024)],
)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_floats_are_rounded_clipped_and_made_air(value: float, expected: int, kind: type):
    converted, undefined = to_int16(np.array([value], kind))
    assert converted.tolist() == [expected]
    assert undefined == (not np.isfinite(value))


@pytest.mark.parametrize(("kind", "value", "expected"), [(np.uint16, 65535, 32767), (np.int32, -100_000, -32768)])
def test_wide_integers_are_clipped(kind: type, value: int, expected: int):
    assert to_int16(np.array([value, 5], kind))[0].tolist() == [expected, 5]


def test_a_volume_of_a_scene_is_treated_as_a_read_one():
    values = tiny_ct().array.astype(np.float32)
    values[0, 0, 0] = np.nan
    result = as_int16(Volume(values, tiny_ct().grid))
    assert result.volume.array[0, 0, 0] == -1024
    assert result.notes == ("Replaced 1 voxel that held no number by air (-1024 HU).",)


def test_a_volume_of_a_scene_with_many_undefined_voxels_is_refused():
    with pytest.raises(UnusableInputError, match=r"^The volume has 100\.0% voxels that are not numbers"):
        as_int16(Volume(np.full((2, 2, 2), np.nan), tiny_ct(size=(2, 2, 2)).grid))
