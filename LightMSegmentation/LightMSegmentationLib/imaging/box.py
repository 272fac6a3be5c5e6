"""An axis-aligned box of voxels, and cropping to it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from LightMSegmentationLib.imaging.grid import Grid, vector, voxel_counts
from LightMSegmentationLib.imaging.volume import Volume

ROUNDING = 1e-3
"""Of a voxel."""


@dataclass(frozen=True)
class Box:
    """Half-open range of voxel indices, ``start`` and ``stop`` in k, j, i order."""

    start: tuple[int, int, int]
    stop: tuple[int, int, int]

    @classmethod
    def of_mask(cls, mask: np.ndarray) -> Box | None:
        """Return the smallest box that holds every true voxel of a k, j, i mask, or None when there is none."""
        extents = []
        for axis in range(mask.ndim):
            occupied = np.flatnonzero(mask.any(axis=tuple(other for other in range(mask.ndim) if other != axis)))
            if not occupied.size:
                return None
            extents.append((int(occupied[0]), int(occupied[-1]) + 1))
        start, stop = zip(*extents, strict=True)
        return cls(start, stop)

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """Index that takes the box out of a k, j, i array."""
        k, j, i = (slice(low, high) for low, high in zip(self.start, self.stop, strict=True))
        return k, j, i

    def grown(self, margin_mm: float, grid: Grid) -> Box:
        """Return the box grown by ``margin_mm`` on every side, as far as ``grid`` reaches."""
        margins = [math.ceil(margin_mm / spacing) for spacing in reversed(grid.spacing)]
        start = tuple(max(0, low - margin) for low, margin in zip(self.start, margins, strict=True))
        bounds = zip(self.stop, margins, grid.shape, strict=True)
        stop = tuple(min(extent, high + margin) for high, margin, extent in bounds)
        return Box(voxel_counts(start), voxel_counts(stop))

    def onto(self, source: Grid, target: Grid) -> Box:
        """Return the box of ``target`` that covers this box of ``source``; the grids share their axes' directions."""
        to_target = np.linalg.inv(target.index_to_lps) @ source.index_to_lps
        # Voxels reach half an index beyond their centers; rounding errors must not add a voxel.
        low = to_target @ [*(index - 0.5 for index in reversed(self.start)), 1.0] + ROUNDING
        high = to_target @ [*(index - 0.5 for index in reversed(self.stop)), 1.0] - ROUNDING
        start = (max(0, math.floor(index + 0.5)) for index in low[2::-1])
        stop = (min(extent, math.ceil(index + 0.5)) for index, extent in zip(high[2::-1], target.shape, strict=True))
        return Box(voxel_counts(start), voxel_counts(stop))


def crop_grid(grid: Grid, box: Box) -> Grid:
    """Return the grid of a box of ``grid``'s voxels."""
    origin = (grid.index_to_lps @ [*reversed(box.start), 1.0])[:3]
    size = voxel_counts(high - low for low, high in zip(reversed(box.start), reversed(box.stop), strict=True))
    return replace(grid, size=size, origin=vector(origin))


def crop(volume: Volume, box: Box) -> Volume:
    """Return the voxels inside a box (a view) with their geometry."""
    return Volume(volume.array[box.slices], crop_grid(volume.grid, box))
