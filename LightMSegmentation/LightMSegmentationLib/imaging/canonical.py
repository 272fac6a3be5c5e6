"""Voxel axes in one order for every scan, without interpolation."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np

from LightMSegmentationLib.imaging.grid import Grid, vector, voxel_counts
from LightMSegmentationLib.imaging.volume import Volume


@dataclass(frozen=True)
class _Arrangement:
    """Which own axis (0 x, 1 y, 2 z) comes nearest to L, P and S, and whether it runs the other way."""

    axes: tuple[int, ...]
    flipped: tuple[bool, ...]

    @classmethod
    def of(cls, grid: Grid) -> _Arrangement:
        """Return the arrangement with the greatest sum of cosines, unique for oblique axes too."""
        cosines = np.reshape(grid.direction, (3, 3))
        axes = max(
            permutations(range(3)), key=lambda axes: round(sum(abs(cosines[row, axes[row]]) for row in range(3)), 9)
        )
        return cls(axes, tuple(bool(cosines[row, axes[row]] < 0) for row in range(3)))


def canonical_grid(grid: Grid) -> Grid:
    """Return the grid with its own axes permuted and flipped to point as nearly as possible to L, P and S."""
    arrangement = _Arrangement.of(grid)
    directions = np.reshape(grid.direction, (3, 3))
    # The first voxel of the new grid is the last one along every axis that is flipped.
    corner = np.zeros(3)
    for axis, flip in zip(arrangement.axes, arrangement.flipped, strict=True):
        corner[axis] = grid.size[axis] - 1 if flip else 0
    origin = (grid.index_to_lps @ np.append(corner, 1.0))[:3]
    signs = np.where(arrangement.flipped, -1.0, 1.0)
    return Grid(
        voxel_counts(grid.size[axis] for axis in arrangement.axes),
        vector(grid.spacing[axis] for axis in arrangement.axes),
        vector(origin),
        tuple(map(float, (directions[:, arrangement.axes] * signs).ravel())),
    )


def to_canonical(volume: Volume) -> Volume:
    """Return the volume with axes nearest to L, P and S; its voxels stay where they are in space.

    Oblique axes stay oblique. The array is contiguous, and the same one where nothing had to change.
    """
    arrangement = _Arrangement.of(volume.grid)
    array = volume.array.transpose([2 - axis for axis in reversed(arrangement.axes)])
    array = np.flip(array, _flipped_array_axes(arrangement))
    return Volume(np.ascontiguousarray(array), canonical_grid(volume.grid))


def from_canonical(array: np.ndarray, native: Grid) -> np.ndarray:
    """Return ``array``, whose last three axes are k, j, i of ``canonical_grid(native)``, in the order of ``native``."""
    arrangement = _Arrangement.of(native)
    array = np.flip(array, _flipped_array_axes(arrangement))
    order = [2 - axis for axis in reversed(arrangement.axes)]
    leading = array.ndim - 3
    inverse = [leading + int(axis) for axis in np.argsort(order)]
    return np.ascontiguousarray(array.transpose([*range(leading), *inverse]))


def _flipped_array_axes(arrangement: _Arrangement) -> tuple[int, ...]:
    """Return the axes to flip in a canonical array, counted from its end."""
    return tuple(-1 - row for row in range(3) if arrangement.flipped[row])
