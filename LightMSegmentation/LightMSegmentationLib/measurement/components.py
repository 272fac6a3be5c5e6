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


def box_of(labels: np.ndarray, value: int) -> Box | None:
    """Return the smallest box that holds every voxel equal to ``value``, or None when there is none.

    One pass over the integer array ``labels`` (k, j, i), without a copy.
    """
    slices = ndimage.find_objects(labels, max_label=value)[value - 1]
    return None if slices is None else _box(slices)


def components(mask: np.ndarray) -> Iterator[tuple[Box, np.ndarray]]:
    """Yield for each 26-connected component its box in ``mask`` (k, j, i) and its own mask on that box."""
    numbered, _ = ndimage.label(mask, NEIGHBORS)
    for number, slices in enumerate(ndimage.find_objects(numbered), start=1):
        yield _box(slices), numbered[slices] == number


def _box(slices: tuple[slice, slice, slice]) -> Box:
    k, j, i = slices
    return Box((k.start, j.start, i.start), (k.stop, j.stop, i.stop))
