"""The largest axial diameter of a lesion."""

from __future__ import annotations

import numpy as np
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist


def largest_axial_diameter(mask: np.ndarray, spacing: tuple[float, float]) -> float:
    """Return the longest diameter (mm) that a lesion has in any single axial slice.

    RECIST 1.1 measures a lesion by its longest diameter in the axial plane (Eisenhauer et al., Eur J Cancer 2009).
    Here the lesion's outline in a slice runs through the midpoints of the pixel edges between inside and outside, half
    a pixel beyond the outermost pixel centers, as in the meshes behind the shape features of van Griethuysen et al.,
    Cancer Res 2017. The diameter is the greatest distance between two points of that outline, exact by its convex
    hull. A single pixel of 2 mm is 2 mm across.

    Parameters
    ----------
    mask
        Voxels of one lesion, axis order k, j, i, axial slices of constant k; not empty.
    spacing
        Distance of the columns (i) and of the rows (j) in mm.
    """
    longest = 0.0
    bounds = [(_bounding_diagonal(pixels, spacing), slice_index) for slice_index, pixels in enumerate(mask)]
    for bound, slice_index in sorted(bounds, reverse=True):
        if bound <= longest:
            break
        longest = max(longest, _longest_distance(_outline(mask[slice_index], spacing)))
    return longest


def _bounding_diagonal(pixels: np.ndarray, spacing: tuple[float, float]) -> float:
    """Return an upper bound of the diameter in one slice."""
    extents = []
    for step, occupied in zip(spacing, (pixels.any(axis=0), pixels.any(axis=1)), strict=True):
        inside = np.flatnonzero(occupied)
        if not inside.size:
            return 0.0
        extents.append(step * (inside[-1] - inside[0] + 1))
    return float(np.hypot(*extents))


def _outline(pixels: np.ndarray, spacing: tuple[float, float]) -> np.ndarray:
    """Return the midpoints (x, y in mm) of the outermost pixel edges of each row and column: the rest lies inside."""
    in_rows = _outermost(pixels)
    in_columns = _outermost(pixels.T)[:, ::-1]
    return np.concatenate((in_rows, in_columns)) * np.asarray(spacing)


def _outermost(pixels: np.ndarray) -> np.ndarray:
    """Return (position along the row, row) where each occupied row begins and ends."""
    rows = np.flatnonzero(pixels.any(axis=1))
    first = pixels[rows].argmax(axis=1) - 0.5
    last = pixels.shape[1] - pixels[rows, ::-1].argmax(axis=1) - 0.5
    return np.stack((np.concatenate((first, last)), np.concatenate((rows, rows))), axis=1)


def _longest_distance(points: np.ndarray) -> float:
    corners = points[ConvexHull(points).vertices]
    return float(pdist(corners).max())
