"""Connected components of a label map, one lesion each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.imaging.box import Box

if TYPE_CHECKING:
    from collections.abc import Iterator

NEIGHBORS = np.ones((3, 3, 3), bool)
"""26-connected: voxels that share a face, an edge or a corner are one lesion."""


def label_boxes(labels: np.ndarray, largest: int) -> list[Box | None]:
    """Return for each value from 1 to ``largest`` the smallest box that holds all its voxels, or None without any.

    One pass over the integer array ``labels`` (k, j, i), without a copy.
    """
    return [slices and _box(slices) for slices in ndimage.find_objects(labels, max_label=largest)]


def components(mask: np.ndarray) -> Iterator[tuple[Box, np.ndarray]]:
    """Yield for each 26-connected component its box in ``mask`` (k, j, i) and its own mask on that box."""
    numbered, _ = ndimage.label(mask, NEIGHBORS)
    for number, slices in enumerate(ndimage.find_objects(numbered), start=1):
        yield _box(slices), numbered[slices] == number


def _box(slices: tuple[slice, slice, slice]) -> Box:
    k, j, i = slices
    return Box((k.start, j.start, i.start), (k.stop, j.stop, i.stop))
