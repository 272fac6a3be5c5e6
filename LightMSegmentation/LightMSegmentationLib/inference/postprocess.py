"""Turning raw labels into an organ: one liver, its holes filled, its tumors kept."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.imaging.box import Box
from LightMSegmentationLib.inference.result import LIVER, TUMOR

DETACHED_TUMOR_MM = 5.0
"""A tumor under the capsule may be separated from the liver by a gap of this size and is still the liver's."""


def clean_labels(
    labels: np.ndarray, spacing_kji: tuple[float, float, float], resolved_mm3: float, midline: float = np.inf
) -> np.ndarray:
    """Return labels (uint8, k, j, i) with one liver, tumors only where the liver is, and no holes.

    The organ is the union of liver and tumor: a tumor that divides the liver does not cost the smaller part. Kept
    are the largest connected component and detached components that are mostly tumor and at most
    ``DETACHED_TUMOR_MM`` away from it. Separate tumors stay separate. Specks of tumor below ``resolved_mm3``, which
    the network that drew them can't resolve, become liver.

    ``midline`` is the i index of the body's middle on canonical axes: the liver is the component with most voxels on
    the patient's right of it, so that spleen and stomach, should they be taken for liver, are not kept in its place.
    """
    occupied = Box.of_mask(labels > 0)
    cleaned = np.zeros_like(labels)
    if occupied is not None:
        voxels = resolved_mm3 / float(np.prod(spacing_kji))
        cleaned[occupied.slices] = _cleaned(labels[occupied.slices], spacing_kji, voxels, midline - occupied.start[2])
    return cleaned


def _cleaned(
    labels: np.ndarray, spacing_kji: tuple[float, float, float], resolved_voxels: float, midline: float
) -> np.ndarray:
    components, number = ndimage.label(labels > 0)
    right = components[:, :, : max(0, round(min(midline, labels.shape[2])))]
    # Where nothing lies on the right, as in a mirrored patient, the largest component has to do.
    sizes = np.bincount((right if right.any() else components).ravel(), minlength=number + 1)
    sizes[0] = 0
    largest = components == sizes.argmax()
    kept = largest | _detached_tumors(labels, components, largest, spacing_kji)
    cleaned = np.where(kept, labels, 0).astype(np.uint8)
    cleaned[_holes(kept)] = LIVER
    cleaned[_specks(cleaned == TUMOR, resolved_voxels)] = LIVER
    return cleaned


def _detached_tumors(
    labels: np.ndarray, components: np.ndarray, largest: np.ndarray, spacing_kji: tuple[float, float, float]
) -> np.ndarray:
    kept = np.zeros(labels.shape, dtype=bool)
    margins = [int(np.ceil(DETACHED_TUMOR_MM / spacing)) for spacing in spacing_kji]
    for number, place in enumerate(ndimage.find_objects(components), start=1):
        part = components[place] == number
        if largest[place][part].any() or np.mean(labels[place][part] == TUMOR) <= 0.5:
            continue
        axes = zip(place, margins, strict=True)
        around = tuple(slice(max(0, along.start - margin), along.stop + margin) for along, margin in axes)
        if _distance_mm(components[around] == number, largest[around], spacing_kji) <= DETACHED_TUMOR_MM:
            kept[place] |= part
    return kept


def _distance_mm(part: np.ndarray, liver: np.ndarray, spacing_kji: tuple[float, float, float]) -> float:
    if not liver.any():
        return np.inf
    return float(ndimage.distance_transform_edt(~liver, sampling=spacing_kji)[part].min())


def _holes(mask: np.ndarray) -> np.ndarray:
    """Return the background that no path connects to the border of the array."""
    outside, _ = ndimage.label(np.pad(~mask, 1, constant_values=True))
    return ((outside != outside[0, 0, 0]) & (outside > 0))[1:-1, 1:-1, 1:-1]


def _specks(tumor: np.ndarray, smallest_voxels: float) -> np.ndarray:
    """Return the 26-connected components of fewer voxels."""
    components, _ = ndimage.label(tumor, structure=np.ones((3, 3, 3)))
    small = np.bincount(components.ravel()) < smallest_voxels
    small[0] = False
    return small[components]
