"""Trilinear interpolation to twice the size, added to another volume, for numba.

Along each axis, voxel 2 n takes three quarters of voxel n and a quarter of the one before, voxel 2 n + 1 a quarter of
the one after; at the border the voxel itself stands for the missing one. Volumes are (lines, voxels, channels); line
j of slice k has the number k * rows + j.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.memory import at
from LightMSegmentationLib.network.selective_scan.simd import LANES, load, splat, store


@njit(forceinline=True)
def _neighbor(position: int, size: int) -> int:
    """Return the voxel of which position 2 n or 2 n + 1 takes a quarter."""
    return min(max(position // 2 + 2 * (position % 2) - 1, 0), size - 1)


@njit(forceinline=True)
def _between(a: Any, b: Any) -> Any:
    """Return three quarters of ``a`` and a quarter of ``b``."""
    return splat(np.float32(0.75)) * a + splat(np.float32(0.25)) * b


@njit(forceinline=True)
def _across(x: Any, lines: Any, i: int, c: int) -> Any:
    """Interpolate voxel ``i`` between four lines: the nearest one, its neighbor in the slice, and those beside them."""
    near, beside, far, opposite = lines
    here = _between(load(at(x, near, i, c)), load(at(x, beside, i, c)))
    return _between(here, _between(load(at(x, far, i, c)), load(at(x, opposite, i, c))))


@compiled
def add_interpolated(
    x: Any, added: Any, slices: int, rows: int, columns: int, channels: int, start: int, stop: int, y: Any
) -> None:
    """Write slices start..stop of ``y``: ``added`` plus the interpolated ``x`` of (slices, rows, columns) voxels."""
    for k in range(start, stop):
        for j in range(2 * rows):
            near, far = k // 2 * rows, _neighbor(k, slices) * rows
            lines = (near + j // 2, near + _neighbor(j, rows), far + j // 2, far + _neighbor(j, rows))
            line = 2 * k * rows + j
            for c in range(0, channels, LANES):
                here = _across(x, lines, 0, c)
                before = here
                for i in range(columns):
                    after = _across(x, lines, min(i + 1, columns - 1), c)
                    store(at(y, line, 2 * i, c), load(at(added, line, 2 * i, c)) + _between(here, before))
                    store(at(y, line, 2 * i + 1, c), load(at(added, line, 2 * i + 1, c)) + _between(here, after))
                    before, here = here, after
