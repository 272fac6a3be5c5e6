"""A box of voxel indices: crop a volume to it and paste a result back."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.volume import Volume

Index = tuple[int, int, int]


@dataclass(frozen=True)
class IndexBox:
    """Voxels from ``lower`` up to, not including, ``upper``; both in i, j, k order. It may reach over the volume's edge."""

    lower: Index
    upper: Index

    def crop(self, volume: Volume) -> Volume:
        """Return the part of ``volume`` inside the box, on its own grid (same axes and spacing, LPS origin moved).

        Raises
        ------
        UnusableInputError
            When box and volume share no voxel.
        """
        lower, upper = self._within(volume.grid.size)
        origin = volume.grid.index_to_lps @ np.array([*lower, 1.0])
        size = (upper[0] - lower[0], upper[1] - lower[1], upper[2] - lower[2])
        grid = replace(volume.grid, size=size, origin=(float(origin[0]), float(origin[1]), float(origin[2])))
        return Volume(volume.array[self._slices(volume.grid.size)], grid)

    def paste(self, part: Volume, whole: Volume) -> Volume:
        """Return ``part``, which lies on the grid of ``crop(whole)``, on the whole grid with zeros around it."""
        array = np.zeros(whole.grid.shape, part.array.dtype)
        array[self._slices(whole.grid.size)] = part.array
        return Volume(array, whole.grid)

    def _within(self, size: Index) -> tuple[Index, Index]:
        lower = tuple(max(0, low) for low in self.lower)
        upper = tuple(min(length, up) for length, up in zip(size, self.upper, strict=True))
        if any(low >= up for low, up in zip(lower, upper, strict=True)):
            cause = "The region of interest does not overlap the volume."
            raise UnusableInputError(cause, "Move the region over the liver, or segment without one.")
        return (lower[0], lower[1], lower[2]), (upper[0], upper[1], upper[2])

    def _slices(self, size: Index) -> tuple[slice, slice, slice]:
        lower, upper = self._within(size)
        return slice(lower[2], upper[2]), slice(lower[1], upper[1]), slice(lower[0], upper[0])
