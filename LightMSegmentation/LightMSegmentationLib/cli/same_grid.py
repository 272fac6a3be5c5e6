"""Bringing two label maps of one scan onto one grid before they are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.canonical import canonical_grid, from_canonical, to_canonical
from LightMSegmentationLib.imaging.same_place import SAME_PLACE
from LightMSegmentationLib.imaging.volume import Volume

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Grid


def on_grid_of(reference: Volume, labels: Volume, *, allow_resampling: bool) -> Volume:
    """Return ``labels`` on the grid of ``reference``.

    Another order of axes and another extent of the same voxels are exact, as when Slicer stores only the part of a
    scan that holds a segment. Other voxels are taken by nearest neighbor, and only if that is allowed.

    Raises
    ------
    UnusableInputError
        When voxels differ and resampling is not allowed.
    """
    if not (allow_resampling or _same_voxels(canonical_grid(labels.grid), canonical_grid(reference.grid))):
        ours, theirs = (" x ".join(f"{step:.3g}" for step in volume.grid.spacing) for volume in (labels, reference))
        cause = f"The files lie on different grids: {ours} mm and {theirs} mm voxels, or shifted or turned ones."
        raise UnusableInputError(cause, "Compare segmentations of the same scan, or add --resample.")
    canonical = _resampled(to_canonical(labels), canonical_grid(reference.grid))
    return Volume(from_canonical(canonical, reference.grid), reference.grid)


def _same_voxels(one: Grid, other: Grid) -> bool:
    """Tell whether two grids are parts of one lattice: equal axes, and origins a whole number of voxels apart."""
    axes_one, axes_other = one.index_to_lps[:3, :3], other.index_to_lps[:3, :3]
    smallest = min(other.spacing)
    reach = max(*one.size, *other.size)
    if np.abs(axes_one - axes_other).max() * reach > SAME_PLACE * smallest:
        return False
    steps = np.linalg.solve(axes_other, np.subtract(one.origin, other.origin))
    return bool(np.abs(steps - np.round(steps)).max() < SAME_PLACE)


def _resampled(labels: Volume, grid: Grid) -> np.ndarray:
    """Return the label of the nearest voxel at every voxel of ``grid``, 0 outside."""
    import SimpleITK as sitk

    image = labels.to_image()
    resampled = sitk.Resample(
        image, grid.size, sitk.Transform(), sitk.sitkNearestNeighbor, grid.origin, grid.spacing, grid.direction, 0
    )
    return sitk.GetArrayFromImage(resampled)
