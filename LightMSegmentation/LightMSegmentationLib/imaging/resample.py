"""Volumes on grids of another spacing."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from LightMSegmentationLib.imaging.grid import Grid, Vector
from LightMSegmentationLib.imaging.volume import Volume

_BLOCK_BYTES = 64 << 20
_SAME_AXES = 1e-4


def resampled_grid(grid: Grid, spacing: Vector) -> Grid:
    """Return the grid of the given spacing (mm, x, y, z) with the same axes that covers the same box.

    Sizes are rounded up; the overhang, less than one voxel, is shared by both sides.
    """
    extent = np.multiply(grid.size, grid.spacing)
    size = tuple(max(1, math.ceil(length / step - 1e-6)) for length, step in zip(extent, spacing, strict=True))
    overhang = np.multiply(size, spacing) - extent
    first = (np.asarray(spacing) - np.asarray(grid.spacing) - overhang) / 2.0
    origin = np.asarray(grid.origin) + np.reshape(grid.direction, (3, 3)) @ first
    return Grid(size, spacing, tuple(map(float, origin)), grid.direction)


def resample(volume: Volume, grid: Grid, default_value: float) -> Volume:
    """Return the volume on ``grid``, whose axes must be parallel to the volume's (any spacing, origin and size).

    Linear interpolation; where an axis gets coarser, its kernel is widened to two output voxels (a triangle), so that
    fine detail is averaged and not aliased. Points outside the volume's box become ``default_value``. The type of the
    voxels is kept, integers are rounded. Besides the result it needs about 64 MiB and the volume's slices at the
    in-plane size of ``grid`` as float32: a part of a large grid (``box.crop_grid``) costs only its own part.

    Source: separable filtered image rescaling, D. Schumacher, "General filtered image rescaling", Graphics Gems III, 1992.

    Raises
    ------
    ValueError
        When the axes are not parallel.
    """
    if not np.allclose(grid.direction, volume.grid.direction, atol=_SAME_AXES, rtol=0):
        message = "resample needs grids with parallel axes"
        raise ValueError(message)
    x, y, z = (_axis_kernel(volume.grid, grid, axis) for axis in range(3))
    slices = volume.array[z.used]
    shrunk = np.empty((slices.shape[0], grid.shape[1] * grid.shape[2]), np.float32)
    step = max(1, _BLOCK_BYTES // max(1, 4 * volume.array[0].size))
    for start in range(0, slices.shape[0], step):
        block = slices[start : start + step, y.used, x.used].astype(np.float32)
        shrunk[start : start + step] = np.matmul(y.weights, block @ x.weights.T).reshape(-1, shrunk.shape[1])
    result = np.empty(grid.shape, volume.array.dtype)
    step = max(1, _BLOCK_BYTES // max(1, 4 * shrunk.shape[1]))
    for start in range(0, grid.shape[0], step):
        block = z.weights[start : start + step] @ shrunk
        result[start : start + step] = _as_type(block, result.dtype).reshape(-1, *grid.shape[1:])
    result[z.outside] = result[:, y.outside] = result[:, :, x.outside] = default_value
    return Volume(result, grid)


@dataclass(frozen=True)
class _AxisKernel:
    """Interpolation along one axis: the samples used, their weights (target, used), and targets outside the box."""

    used: slice
    weights: np.ndarray
    outside: np.ndarray


def _axis_kernel(source: Grid, target: Grid, axis: int) -> _AxisKernel:
    along = np.reshape(source.direction, (3, 3))[:, axis]
    offset = along @ np.subtract(target.origin, source.origin) / source.spacing[axis]
    ratio = target.spacing[axis] / source.spacing[axis]
    centers = offset + ratio * np.arange(target.size[axis])
    outside = (centers < -0.5 - 1e-6) | (centers > source.size[axis] - 0.5 + 1e-6)
    reach = max(1.0, ratio)
    first = max(0, math.floor(np.min(centers, where=~outside, initial=source.size[axis]) - reach))
    stop = min(source.size[axis], math.ceil(np.max(centers, where=~outside, initial=-1) + reach) + 1)
    used = slice(min(first, source.size[axis] - 1), max(stop, 1))
    samples = np.arange(used.start, used.stop)
    weights = np.maximum(0.0, 1.0 - np.abs(samples - centers[:, None]) / reach)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)
    return _AxisKernel(used, weights.astype(np.float32), outside)


def _as_type(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return float32 values as ``dtype``; a mean of integers is rounded and can't leave their range."""
    return np.rint(values) if dtype.kind in "iu" else values
