"""Telling whether a segment still has the voxels that a run wrote."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.mask import Mask

CONTENT_TAG = "LightMUNet.Content"
SAME_PLACE_MM = 0.1
"""Files hold coordinates as decimal text."""


def content_mark(mask: Mask) -> str:
    """Return a text that stands for the true voxels and their place: a hash, and the RAS of the first voxel.

    It survives saving, for it does not depend on how the label map is cropped, nor on the layer or value that holds
    the segment.
    """
    digest = hashlib.sha256(repr(mask.array.shape).encode() + np.packbits(mask.array).tobytes()).hexdigest()
    place = " ".join(f"{value:.3f}" for value in _first_voxel(mask)) if mask.array.size else ""
    return f"{digest[:32]} {place}".strip()


def is_marked(mask: Mask, mark: str) -> bool:
    """Tell whether the mask is the one that ``mark`` was made of."""
    digest, *place = mark.split()
    own, *own_place = content_mark(mask).split()
    if digest != own or len(place) != len(own_place):
        return False
    return all(abs(float(a) - float(b)) < SAME_PLACE_MM for a, b in zip(place, own_place, strict=True))


def _first_voxel(mask: Mask) -> np.ndarray:
    k, j, i = mask.box.start
    return (mask.index_to_ras @ (i, j, k, 1.0))[:3]
