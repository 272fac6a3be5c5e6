"""Resampling by splines, as nnU-Net does: an axis much coarser than the others is resampled by itself.

Source: Isensee et al., "nnU-Net: a self-configuring method for deep learning-based biomedical image segmentation"
(2021), supplement, "Resampling". Pixels are areas, not points: the extent of the image stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from LightMSegmentationLib.nnunet.plan import Resampling

ANISOTROPY = 3.0
"""From this ratio of spacings on, the coarsest axis is resampled by itself."""


def resampled_shape(shape: Sequence[int], spacing: Sequence[float], target: Sequence[float]) -> tuple[int, ...]:
    """Return how many voxels of the target spacing (mm) span as much as ``shape`` of the spacing."""
    return tuple(round(step / wanted * extent) for extent, step, wanted in zip(shape, spacing, target, strict=True))


def resample_channels(
    channels: np.ndarray, shape: Sequence[int], spacing: Sequence[float], target: Sequence[float], plan: Resampling
) -> np.ndarray:
    """Return channels (c, three axes) resampled to ``shape``, in the type they have; spacings are those of the axes."""
    if channels.shape[1:] == tuple(shape):
        return channels
    axis = _axis_by_itself(spacing, target, plan)
    result = np.empty((len(channels), *shape), dtype=channels.dtype)
    for number, channel in enumerate(channels):
        exact = channel.astype(np.float64)
        result[number] = (
            _zoomed(exact, shape, plan.order) if axis is None else _slice_by_slice(exact, shape, axis, plan.order)
        )
    return result


def _axis_by_itself(spacing: Sequence[float], target: Sequence[float], plan: Resampling) -> int | None:
    """Return the axis that is much coarser than the others, before or after, or None."""
    if plan.separate_axis is False:
        return None
    candidates = [spacing] if plan.separate_axis else [spacing, target]
    for steps in candidates:
        if plan.separate_axis or max(steps) / min(steps) > ANISOTROPY:
            # Compared as nnU-Net compares, so that equal spacings that differ in the last digit are told apart alike.
            coarsest = np.flatnonzero(max(steps) / np.asarray(steps) == 1)
            return int(coarsest[0]) if len(coarsest) == 1 else None
    return None


def _zoomed(image: np.ndarray, shape: Sequence[int], order: int) -> np.ndarray:
    """Interpolate; values stay within the image's range, where splines would overshoot."""
    factors = [1 / (extent / wanted) for wanted, extent in zip(shape, image.shape, strict=True)]
    zoomed = ndimage.zoom(image, factors, order=order, mode="nearest", grid_mode=True)
    return np.clip(zoomed, image.min(), image.max())


def _slice_by_slice(image: np.ndarray, shape: Sequence[int], axis: int, order: int) -> np.ndarray:
    """Interpolate within slices across ``axis``, and take the nearest slice along it."""
    in_plane = [extent for number, extent in enumerate(shape) if number != axis]
    scale = image.shape[axis] / shape[axis]
    nearest = np.floor(scale * (np.arange(shape[axis]) + 0.5)).astype(int).clip(0, image.shape[axis] - 1)
    slices = [_zoomed(one, in_plane, order) for one in np.moveaxis(image, axis, 0)]
    return np.take(np.stack(slices, axis=axis), nearest, axis=axis)
