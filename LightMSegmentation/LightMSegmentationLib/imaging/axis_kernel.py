"""Interpolation and averaging along one axis of a grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from LightMSegmentationLib.imaging.grid import Grid

_NO_WIDTH = 1e-3
_BORDER = 1e-6


@dataclass(frozen=True)
class AxisKernel:
    """How the samples of a target axis are made of those of a source axis.

    Attributes
    ----------
    used
        The source samples that are needed.
    weights
        Float32, one row for each target sample, one column for each used source sample.
    outside
        For each target sample, whether it lies outside the source's box.
    """

    used: slice
    weights: csr_array
    outside: np.ndarray


def axis_kernel(source: Grid, target: Grid, axis: int) -> AxisKernel:
    """Return the kernel along an axis (0 x, 1 y, 2 z) of two grids with parallel axes.

    Linear interpolation; where the axis gets coarser by a ratio r, the mean of it over a window of sqrt(r^2 - 1) source
    samples. (A voxel is the mean over its own width, and the variances of windows add up: 1 + (r^2 - 1) = r^2.) Linear
    ramps stay exact, and the same grid gives the same values.
    """
    along = np.reshape(source.direction, (3, 3))[:, axis]
    offset = along @ np.subtract(target.origin, source.origin) / source.spacing[axis]
    ratio = target.spacing[axis] / source.spacing[axis]
    centers = offset + ratio * np.arange(target.size[axis])
    last = source.size[axis] - 1
    outside = (centers < -0.5 - _BORDER) | (centers > last + 0.5 + _BORDER)
    window = math.sqrt(max(0.0, ratio**2 - 1.0))
    used = _used(centers[~outside], 1.0 + window / 2.0, last)
    weights = _mean_tent(np.arange(used.start, used.stop) - centers[:, None], window)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), _BORDER)
    return AxisKernel(used, _sparse(weights), outside)


def _used(centers: np.ndarray, reach: float, last: int) -> slice:
    """Return the samples from 0 to ``last`` that are within ``reach`` of any center."""
    if not centers.size:
        return slice(0, 1)
    return slice(max(0, math.floor(centers.min() - reach)), min(last, math.ceil(centers.max() + reach)) + 1)


def _mean_tent(distance: np.ndarray, window: float) -> np.ndarray:
    """Return the mean of the tent of linear interpolation over a window (in samples) at distances from its middle."""
    if window < _NO_WIDTH:
        return np.maximum(0.0, 1.0 - np.abs(distance))
    return (_tent_area(distance + window / 2.0) - _tent_area(distance - window / 2.0)) / window


def _tent_area(end: np.ndarray) -> np.ndarray:
    """Return the area of the tent from its left foot (-1) to ``end``."""
    end = np.clip(end, -1.0, 1.0)
    return 0.5 + end - 0.5 * end * np.abs(end)


def _sparse(weights: np.ndarray) -> csr_array:
    from scipy.sparse import csr_array

    return csr_array(weights.astype(np.float32))
