"""Volumes on grids of another spacing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.axis_kernel import axis_kernel
from LightMSegmentationLib.imaging.grid import Grid, Vector, vector, voxel_counts
from LightMSegmentationLib.imaging.volume import Volume

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_BLOCK_BYTES = 64 << 20
_SAME_AXES = 1e-4


def resampled_grid(grid: Grid, spacing: Vector) -> Grid:
    """Return the grid of the given spacing (mm, x, y, z) with the same axes that covers the same box.

    Sizes are rounded up; the overhang, less than one voxel, is shared by both sides.
    """
    extent = np.multiply(grid.size, grid.spacing)
    size = voxel_counts(max(1, math.ceil(length / step - 1e-6)) for length, step in zip(extent, spacing, strict=True))
    overhang = np.multiply(size, spacing) - extent
    first = (np.asarray(spacing) - np.asarray(grid.spacing) - overhang) / 2.0
    origin = np.asarray(grid.origin) + np.reshape(grid.direction, (3, 3)) @ first
    return Grid(size, vector(spacing), vector(origin), grid.direction)


def resample(volume: Volume, grid: Grid, default_value: float) -> Volume:
    """Return the volume on ``grid``, whose axes must be parallel to the volume's (any spacing, origin and size).

    Linear interpolation where an axis gets finer; a mean as wide as the new voxels where it gets coarser, so that fine
    detail is not aliased (see ``axis_kernel``). Points outside the volume's box become ``default_value``. The type of
    the voxels is kept, integers (at most 16 bits) are rounded.

    Besides the result it needs 64 MiB and the volume's slices at the in-plane size of ``grid`` as float32; only the
    part of the volume that ``grid`` covers is worked on.

    Raises
    ------
    ValueError
        When the axes are not parallel.
    """
    if not np.allclose(grid.direction, volume.grid.direction, atol=_SAME_AXES, rtol=0):
        message = "resample needs grids with parallel axes"
        raise ValueError(message)
    x, y, z = (axis_kernel(volume.grid, grid, axis) for axis in range(3))
    slices = _resample_slices(volume.array[z.used, y.used, x.used], y.weights, x.weights)
    result = np.empty(grid.shape, volume.array.dtype)
    step = max(1, _BLOCK_BYTES // slices[0].nbytes)
    for start in range(0, grid.shape[0], step):
        block = z.weights[start : start + step] @ slices.reshape(len(slices), -1)
        if result.dtype.kind in "iu":
            np.rint(block, out=block)
        result[start : start + step] = block.reshape(-1, *grid.shape[1:])
    result[z.outside] = result[:, y.outside] = result[:, :, x.outside] = default_value
    return Volume(result, grid)


def _resample_slices(array: np.ndarray, along_y: csr_array, along_x: csr_array) -> np.ndarray:
    """Return each slice with its rows and columns resampled, as float32."""
    result = np.empty((array.shape[0], along_y.shape[0], along_x.shape[0]), np.float32)
    for source, target in zip(array, result, strict=True):
        rows = along_y @ source.astype(np.float32)
        target[...] = (along_x @ rows.T).T
    return result
