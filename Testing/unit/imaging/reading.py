"""What reading tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk
from LightMSegmentationLib.imaging.grid import Grid

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.imaging.volume import Volume


def assert_same_volume(read: Volume, expected: Volume) -> None:
    """Same voxels, and the same place for each."""
    np.testing.assert_array_equal(read.array, expected.array)
    np.testing.assert_allclose(read.grid.index_to_lps, expected.grid.index_to_lps, atol=1e-4)


def save(volume: Volume, path: Path) -> Path:
    """Write a volume with SimpleITK in the form that the suffix names."""
    sitk.WriteImage(volume.to_image(), str(path), useCompression=True)
    return path


def oblique_direction(degrees: float = 20.0) -> tuple[float, ...]:
    """Return axes turned about a slanted axis."""
    turn = sitk.VersorTransform((1.0, 2.0, 3.0), np.deg2rad(degrees))
    return turn.GetMatrix()


def interior_points(grid: Grid, count: int = 200, margin: float = 1.0) -> np.ndarray:
    """Return seeded random points (LPS, mm; one a row) at least ``margin`` voxels inside a grid."""
    low, high = margin, np.asarray(grid.size) - 1 - margin
    indices = np.random.default_rng(0).uniform(low, np.maximum(high, low), (count, 3))
    return (np.c_[indices, np.ones(count)] @ grid.index_to_lps.T)[:, :3]


def sample(volume: Volume, points: np.ndarray) -> np.ndarray:
    """Return the values at points (LPS, mm; one a row) by linear interpolation."""
    from scipy import ndimage

    to_index = np.linalg.inv(volume.grid.index_to_lps)
    indices = (np.c_[points, np.ones(len(points))] @ to_index.T)[:, :3]
    return ndimage.map_coordinates(volume.array.astype(float), indices.T[::-1], order=1, mode="nearest")
