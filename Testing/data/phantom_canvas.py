"""Painting simple solids into a CT: bodies are described in LPS mm of a patient whose axes bend smoothly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from LightMSegmentationLib.imaging.grid import Grid

Point = tuple[float, float, float]
Region = tuple[slice, slice, slice]
WHOLE: Region = (slice(None), slice(None), slice(None))
BEND_MM = 5.0
REACH_MM = 4 * BEND_MM
"""How far a bent body may lie from where its straight one would."""


@dataclass
class Canvas:
    """HU and bent patient coordinates (LPS mm) of each voxel; arrays have axis order k, j, i."""

    grid: Grid
    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    hu: np.ndarray

    @classmethod
    def blank(cls, grid: Grid, rng: np.random.Generator) -> Canvas:
        """Return air on an axis-aligned ``grid``, with a patient bent at random."""
        x, y, z = (axis.astype(np.float32) for axis in straight_axes(grid))
        bent = [straight + _bend(others, rng) for straight, others in ((x, (y, z)), (y, (x, z)), (z, (x, y)))]
        return cls(grid, *bent, np.full(grid.shape, -1000, np.float32))

    def around(self, low: Sequence[float], high: Sequence[float]) -> Region:
        """Return the voxels that a body between two corners (LPS mm) can reach."""
        k, j, i = (
            _between(axis.ravel(), a - REACH_MM, b + REACH_MM)
            for axis, a, b in zip(straight_axes(self.grid)[::-1], reversed(low), reversed(high), strict=True)
        )
        return k, j, i

    def ellipsoid(self, center: Point, half: Point, tilt: float = 0.0) -> tuple[Region, np.ndarray]:
        """Return a region and, for its voxels, 1 at the center falling to 0 on the surface and below outside.

        ``half`` are half-axes in mm; ``tilt`` leans the long z axis to the patient's left (radians).
        """
        reach = max(half) if tilt else 0.0
        spans = [max(size, reach) for size in half]
        region = self.around(*zip(*((c - s, c + s) for c, s in zip(center, spans, strict=True)), strict=True))
        x, y, z = (axis[region] - middle for axis, middle in zip((self.x, self.y, self.z), center, strict=True))
        cosine, sine = np.float32(np.cos(tilt)), np.float32(np.sin(tilt))
        across, along = cosine * x - sine * z, sine * x + cosine * z
        return region, 1 - np.sqrt((across / half[0]) ** 2 + (y / half[1]) ** 2 + (along / half[2]) ** 2)

    def tube(self, points: Sequence[Point], radii: Sequence[float]) -> tuple[Region, np.ndarray]:
        """Return a region and the depth in mm (negative outside) below the surface of a tube along ``points``."""
        middle, width = np.asarray(points), max(radii)
        region = self.around(middle.min(axis=0) - width, middle.max(axis=0) + width)
        here = [axis[region] for axis in (self.x, self.y, self.z)]
        depth = np.full(here[0].shape, -1e3, np.float32)
        for start, end, first, last in zip(middle, middle[1:], radii, radii[1:], strict=False):
            way = end - start
            steps = [axis - np.float32(value) for axis, value in zip(here, start, strict=True)]
            part = sum(step * np.float32(w) for step, w in zip(steps, way / (way @ way), strict=True)).clip(0, 1)
            off = sum((step - part * np.float32(w)) ** 2 for step, w in zip(steps, way, strict=True))
            np.maximum(depth, first + part * np.float32(last - first) - np.sqrt(off), out=depth)
        return region, depth

    def paint(self, region: Region, mask: np.ndarray, hu: float | np.ndarray) -> None:
        """Give the voxels of ``mask`` (on ``region``) a value."""
        self.hu[region][mask] = hu[mask] if isinstance(hu, np.ndarray) else hu


def straight_axes(grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the LPS coordinates (mm) along x, y and z of an axis-aligned grid, shaped to broadcast over k, j, i."""
    x, y, z = (
        origin + step * np.arange(count)
        for origin, step, count in zip(grid.origin, grid.spacing, grid.size, strict=True)
    )
    return x[None, None, :], y[None, :, None], z[:, None, None]


def _bend(others: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Return a smooth displacement in mm that varies along the two other axes."""
    waves = []
    for other in others:
        length, phase = rng.uniform(25, 45), rng.uniform(0, 2 * np.pi)
        waves.append(np.sin(other / np.float32(length) + np.float32(phase)))
    return np.float32(BEND_MM) * waves[0] * waves[1]


def _between(ascending: np.ndarray, low: float, high: float) -> slice:
    return slice(int(np.searchsorted(ascending, low)), int(np.searchsorted(ascending, high)))
