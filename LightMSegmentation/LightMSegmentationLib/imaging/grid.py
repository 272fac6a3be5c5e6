"""The geometry of a voxel grid in LPS space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import SimpleITK

Vector = tuple[float, float, float]
Size = tuple[int, int, int]


def vector(values: Iterable[float]) -> Vector:
    """Return three numbers (x, y, z) of any kind as plain floats."""
    x, y, z = map(float, values)
    return x, y, z


def voxel_counts(values: Iterable[float]) -> Size:
    """Return three whole numbers (x, y, z) of any kind as plain integers."""
    x, y, z = map(int, values)
    return x, y, z


@dataclass(frozen=True)
class Grid:
    """Size, spacing (mm), origin (mm, LPS) and axes of a voxel grid, all in x, y, z (i, j, k) order.

    ``direction`` is row-major 3x3 as in ITK: column ``c`` is the LPS unit vector of voxel axis ``c``.
    Arrays on the grid have axis order k, j, i.
    """

    size: Size
    spacing: Vector
    origin: Vector
    direction: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)

    @classmethod
    def of_image(cls, image: SimpleITK.Image) -> Grid:
        """Return the grid of a three-dimensional SimpleITK image."""
        return cls(image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection())

    @property
    def shape(self) -> Size:
        """Array shape, k, j, i."""
        return self.size[2], self.size[1], self.size[0]

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel in mL."""
        return float(np.prod(self.spacing)) / 1000.0

    @property
    def index_to_lps(self) -> np.ndarray:
        """4x4 matrix from (i, j, k, 1) to LPS mm."""
        matrix = np.eye(4)
        matrix[:3, :3] = np.reshape(self.direction, (3, 3)) * np.asarray(self.spacing)
        matrix[:3, 3] = self.origin
        return matrix

    @property
    def index_to_ras(self) -> np.ndarray:
        """4x4 matrix from (i, j, k, 1) to RAS mm, as MRML uses it."""
        return np.diag([-1.0, -1.0, 1.0, 1.0]) @ self.index_to_lps

    def ras_at(self, index: Sequence[float]) -> Vector:
        """Return the place in RAS mm of a voxel k, j, i, or of a point between voxels."""
        k, j, i = index
        return vector((self.index_to_ras @ (i, j, k, 1.0))[:3])
