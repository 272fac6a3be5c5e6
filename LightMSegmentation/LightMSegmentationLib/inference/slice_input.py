"""How a picture becomes the input of a two-dimensional network: the same for segmenting and for training."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from LightMSegmentationLib.inference.slice_plan import SlicePlan


def photo_input(pixels: np.ndarray, plan: SlicePlan) -> np.ndarray:
    """Return (channels, *plan.size), float32, of a photograph (rows, columns, 3), stretched over what it has."""
    values = pixels.astype(np.float32)
    low, high = float(values.min()), float(values.max())
    return scaled_input(_scaled(values, (low, max(high, low + 1.0)), plan.scaled_to).transpose(2, 0, 1), plan)


def slice_input(hu: np.ndarray, k: int, plan: SlicePlan) -> np.ndarray:
    """Return (channels, *plan.size), float32, of slice ``k`` of a CT (k, j, i) in HU, with the neighbors it wants.

    Beyond the first and the last slice, these are repeated.
    """
    numbers = np.clip(np.arange(k - plan.neighbors, k + plan.neighbors + 1), 0, len(hu) - 1)
    window = cast("tuple[float, float]", plan.window)
    return scaled_input(_scaled(hu[numbers].astype(np.float32), window, plan.scaled_to), plan)


def scaled_input(channels: np.ndarray, plan: SlicePlan) -> np.ndarray:
    """Return (channels, *plan.size) of channels (1 or more, rows, columns) whose values are scaled already."""
    return resized(_as_wanted(channels, plan.network["in_channels"]), plan.size, plan.order)


def resized(channels: np.ndarray, size: tuple[int, int], order: int) -> np.ndarray:
    """Return (channels, rows, columns) at another size, by splines of ``order``; 0 keeps values as they are."""
    factors = [wanted / extent for wanted, extent in zip(size, channels.shape[1:], strict=True)]
    if factors == [1.0, 1.0]:
        return np.ascontiguousarray(channels)
    return np.stack([ndimage.zoom(one, factors, order=order, mode="nearest", grid_mode=True) for one in channels])


def _as_wanted(channels: np.ndarray, wanted: int) -> np.ndarray:
    """Repeat gray for a network of colors, as the papers' authors do, and mix colors for one of gray."""
    if len(channels) == wanted:
        return channels
    return np.repeat(channels, wanted, axis=0) if len(channels) == 1 else channels.mean(axis=0, keepdims=True)


def _scaled(values: np.ndarray, window: tuple[float, float], to: tuple[float, float]) -> np.ndarray:
    low, high = window
    part = (np.clip(values, low, high) - low) / (high - low)
    return (part * (to[1] - to[0]) + to[0]).astype(np.float32)
