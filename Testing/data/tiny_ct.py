"""The smallest volume that passes for an abdominal CT: an air-surrounded body of fat and soft tissue with a spine."""

from __future__ import annotations

import numpy as np
from LightMSegmentationLib.imaging.grid import Grid, Vector
from LightMSegmentationLib.imaging.volume import Volume

AIR, FAT, TISSUE, BONE = -1000, -100, 50, 600


def tiny_ct(
    size: tuple[int, int, int] = (30, 24, 20),
    spacing: Vector = (10.0, 10.0, 8.0),
    origin: Vector = (-150.0, -120.0, 40.0),
    direction: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
) -> Volume:
    """Return an int16 volume in HU whose slices all differ, so that a swapped or lost one is seen."""
    grid = Grid(size, spacing, origin, direction)
    k, j, i = np.meshgrid(*(np.linspace(-1.0, 1.0, length) for length in grid.shape), indexing="ij")
    distance = np.hypot(i / 0.9, j / 0.8)
    hu = np.select([np.hypot(i, j - 0.5) < 0.15, distance < 0.8, distance < 1.0], [BONE, TISSUE, FAT], AIR)
    return Volume((hu + np.rint(10 * k)).astype(np.int16), grid)
