"""Distances between the surfaces of two masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Vector


@dataclass(frozen=True)
class SurfaceDistances:
    """For each surface voxel of one mask the distance in mm to the nearest surface voxel of the other, both ways.

    A mask's surface are its voxels that have one of their six face neighbors outside the mask; what lies beyond the
    edge of the array is outside. Distances run between voxel centers. A surface voxel counts once, whatever area it
    stands for.
    """

    forth: np.ndarray
    back: np.ndarray

    def percentile(self, percent: float) -> float:
        """Return the robust Hausdorff distance in mm: the larger of both ways' percentiles, interpolated linearly.

        Huttenlocher et al., IEEE TPAMI 1993, the partial Hausdorff distance in both directions; 95 gives HD95.
        """
        return float(max(np.percentile(self.forth, percent), np.percentile(self.back, percent)))

    def mean(self) -> float:
        """Return the average symmetric surface distance (ASSD) in mm: the mean over both ways' distances together.

        Heimann et al., IEEE TMI 2009, the definition of the liver segmentation challenges.
        """
        return float((self.forth.sum() + self.back.sum()) / (self.forth.size + self.back.size))


def surface_distances(one: np.ndarray, other: np.ndarray, spacing: Vector) -> SurfaceDistances:
    """Return the distances between the surfaces of two masks (k, j, i), neither empty; ``spacing`` is x, y, z in mm."""
    points = [np.argwhere(_surface(mask)) * np.asarray(spacing[::-1]) for mask in (one, other)]
    trees = [cKDTree(place) for place in points]
    return SurfaceDistances(trees[1].query(points[0])[0], trees[0].query(points[1])[0])


def _surface(mask: np.ndarray) -> np.ndarray:
    faces = ndimage.generate_binary_structure(3, 1)
    return mask & ~ndimage.binary_erosion(mask, faces)
