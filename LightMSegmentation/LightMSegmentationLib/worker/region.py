"""Segmenting a region of interest: only its voxels are computed, the result keeps the whole geometry."""

from __future__ import annotations

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.box import Box
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume


def clipped(box: Box, grid: Grid) -> Box:
    """Return the part of ``box`` that lies on ``grid``; the box may reach over the edge, or lie beside it.

    Raises
    ------
    UnusableInputError
        When box and grid share no voxel.
    """
    start = tuple(max(0, low) for low in box.start)
    stop = tuple(min(extent, high) for extent, high in zip(grid.shape, box.stop, strict=True))
    if any(low >= high for low, high in zip(start, stop, strict=True)):
        cause = "The region of interest does not overlap the volume."
        raise UnusableInputError(cause, "Move the region over the liver, or segment without one.")
    return Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))


def pasted(part: Volume, box: Box, grid: Grid) -> Volume:
    """Return ``part``, the voxels inside ``box``, on the whole ``grid`` with zeros around them."""
    array = np.zeros(grid.shape, part.array.dtype)
    array[box.slices] = part.array
    return Volume(array, grid)
