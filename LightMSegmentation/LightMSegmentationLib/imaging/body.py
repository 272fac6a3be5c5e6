"""Where the patient's body is in a scan, and where a voxel is in the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.imaging.grid import vector

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Grid, Vector
    from LightMSegmentationLib.imaging.volume import Volume

TISSUE_HU = -200


def body_mask(hu: np.ndarray) -> np.ndarray:
    """Return the largest connected piece of tissue (bool, k, j, i): the patient without table and surrounding air."""
    components, number = ndimage.label(hu > TISSUE_HU)
    if number == 0:
        return components > 0
    sizes = np.bincount(components.ravel())
    sizes[0] = 0
    return components == sizes.argmax()


def body_center(mask: np.ndarray, grid: Grid) -> Vector:
    """Return the centroid (LPS, mm) of a body's mask (k, j, i) on ``grid``; of the whole grid where the mask is empty.

    A centroid moves less than the middle of a bounding box where an arm lies beside the body on one side only.
    """
    k, j, i = ndimage.center_of_mass(mask) if mask.any() else (np.array(mask.shape) - 1) / 2
    return vector((grid.index_to_lps @ [i, j, k, 1.0])[:3])


def index_of(point: Vector, grid: Grid) -> Vector:
    """Return the fractional index (i, j, k) of a point (LPS, mm)."""
    return vector((np.linalg.inv(grid.index_to_lps) @ [*point, 1.0])[:3])


def offsets_mm(volume: Volume, center: Vector) -> tuple[np.ndarray, np.ndarray]:
    """Return how far left and how far back of ``center`` (LPS, mm) the voxels of a canonical volume are.

    Both are float32 vectors in mm: one value for each i, one for each j.
    """
    i, j, _ = index_of(center, volume.grid)
    leftward = (np.arange(volume.grid.size[0]) - i) * volume.grid.spacing[0]
    backward = (np.arange(volume.grid.size[1]) - j) * volume.grid.spacing[1]
    return leftward.astype(np.float32), backward.astype(np.float32)
