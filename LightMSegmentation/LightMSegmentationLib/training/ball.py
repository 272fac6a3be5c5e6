"""Opening, closing and growing of masks by balls whose radius is in mm, whatever the voxels' spacing."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

Spacing = tuple[float, float, float]


def grown(mask: np.ndarray, radius_mm: float, spacing_kji: Spacing) -> np.ndarray:
    """Return the voxels (bool, k, j, i) at most ``radius_mm`` away from the mask."""
    if not mask.any():
        return np.zeros(mask.shape, dtype=bool)
    return ndimage.distance_transform_edt(~mask, sampling=spacing_kji) <= radius_mm


def opened(mask: np.ndarray, radius_mm: float, spacing_kji: Spacing) -> np.ndarray:
    """Return what of the mask a ball of ``radius_mm`` can reach without leaving it."""
    inner = ndimage.distance_transform_edt(mask, sampling=spacing_kji) > radius_mm
    return grown(inner, radius_mm, spacing_kji)


def closed(mask: np.ndarray, radius_mm: float, spacing_kji: Spacing) -> np.ndarray:
    """Return the mask and what around it no ball of ``radius_mm`` can reach; beyond the array there is room for one."""
    border = [int(np.ceil(radius_mm / step)) + 1 for step in spacing_kji]
    outside = ~grown(np.pad(mask, [(width, width) for width in border]), radius_mm, spacing_kji)
    reached = grown(outside, radius_mm, spacing_kji)
    return ~reached[tuple(slice(width, -width) for width in border)]
