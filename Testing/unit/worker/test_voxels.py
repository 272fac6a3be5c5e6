"""Voxels and regions between two processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from LightMSegmentationLib.codec import MalformedError
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.box import Box, crop
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.worker.region import clipped, pasted
from LightMSegmentationLib.worker.voxels import send_voxels, take_voxels

if TYPE_CHECKING:
    from pathlib import Path

GRID = Grid((2, 3, 4), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
CORNERS = st.tuples(*[st.integers(-3, 6)] * 3)


@pytest.mark.parametrize(
    ("given_type", "sent_type"),
    [("int16", "int16"), ("float32", "float32"), ("uint8", "uint8"), (">i2", "int16"), ("int32", "int16"),
     ("uint16", "int16"), ("float64", "float32"), ("bool", "int16")],
)  # fmt: skip
def test_voxels_travel_in_a_type_that_holds_them(tmp_path: Path, given_type: str, sent_type: str) -> None:
    array = (np.arange(24).reshape(GRID.shape) % 2).astype(given_type)
    volume = take_voxels(tmp_path, send_voxels(array, tmp_path, "a.npy"), GRID)
    assert volume.array.dtype == np.dtype(sent_type)
    np.testing.assert_array_equal(volume.array, array)


def test_large_integers_become_floats(tmp_path: Path) -> None:
    array = np.full(GRID.shape, 40_000, np.uint16)
    assert take_voxels(tmp_path, send_voxels(array, tmp_path, "a.npy"), GRID).array.dtype == np.float32


def test_fortran_order_does_not_mix_up_the_axes(tmp_path: Path) -> None:
    array = np.asfortranarray(np.arange(24, dtype=np.int16).reshape(GRID.shape))
    np.testing.assert_array_equal(take_voxels(tmp_path, send_voxels(array, tmp_path, "a.npy"), GRID).array, array)


def test_a_file_of_objects_is_not_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{"code": "runs"}], dtype=object), allow_pickle=True)
    with pytest.raises(MalformedError, match="pickle"):
        take_voxels(tmp_path, "a.npy", GRID)
    assert not (tmp_path / "a.npy").exists()


@given(CORNERS, CORNERS)
def test_what_is_pasted_lies_where_it_was_cropped(start: tuple[int, int, int], stop: tuple[int, int, int]) -> None:
    whole = Volume(np.arange(1, 25, dtype=np.int16).reshape(GRID.shape), GRID)
    try:
        box = clipped(Box(start, stop), GRID)
    except UnusableInputError:
        assert not whole.array[
            tuple(slice(max(0, low), max(0, high)) for low, high in zip(start, stop, strict=True))
        ].size
        return
    back = pasted(crop(whole, box), box, GRID)
    inside = np.zeros(GRID.shape, bool)
    inside[tuple(slice(max(0, low), max(0, high)) for low, high in zip(start, stop, strict=True))] = True
    np.testing.assert_array_equal(back.array, np.where(inside, whole.array, 0))
