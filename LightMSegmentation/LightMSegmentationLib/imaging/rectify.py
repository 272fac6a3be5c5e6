"""Sheared voxel grids put onto rectangular ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.grid import Grid, vector, voxel_counts
from LightMSegmentationLib.imaging.hounsfield import AIR_HU
from LightMSegmentationLib.imaging.read_result import refusal
from LightMSegmentationLib.imaging.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

_ROUNDING = 1e-6
_SAME_VOXEL = 1e-3
_MOST_GROWTH = 8
_LEAST_INDEPENDENCE = 0.5
"""Smallest singular value of the unit axes: 1 at right angles, 0.5 for two axes sheared by 49 degrees, 0 in a plane."""

_BROKEN = "has voxel axes that are nowhere near at right angles: its orientation is broken"
_EXPORT = "Export the scan again as NIfTI, NRRD or MetaImage, or give its DICOM folder."


@dataclass(frozen=True)
class Rectified:
    """A volume on a rectangular grid, and by how many degrees the original axes were sheared (0 if they were not)."""

    volume: Volume
    shear_degrees: float

    @property
    def notes(self) -> tuple[str, ...]:
        """A note that says so, if the axes were sheared."""
        if not self.shear_degrees:
            return ()
        return (f"The voxel axes are sheared by {self.shear_degrees:.1f} degrees: resampled onto a rectangular grid.",)


def rectify(source: Path, array: np.ndarray, index_to_lps: np.ndarray) -> Rectified:
    """Return ``array`` (k, j, i) on a rectangular grid.

    Axes whose shear moves no voxel by more than half of the smallest spacing are only straightened. Others (gantry
    tilt, sheared sform) are resampled linearly onto the smallest rectangular grid that holds every voxel, with the
    same rows, the same slice planes where only the slices are shifted against each other, and air around.

    Parameters
    ----------
    source
        What was read, for the sentence.
    array
        Voxels, axis order k, j, i.
    index_to_lps
        4x4 matrix from (i, j, k, 1) to LPS mm.

    Raises
    ------
    UnusableInputError
        When the axes are nowhere near at right angles.
    """
    axes = index_to_lps[:3, :3]
    spacing = np.linalg.norm(axes, axis=0)
    directions = axes / np.maximum(spacing, np.finfo(float).tiny)
    if not np.isfinite(index_to_lps).all() or np.linalg.svd(directions, compute_uv=False)[-1] < _LEAST_INDEPENDENCE:
        raise refusal(source, _BROKEN, _EXPORT)
    extent = spacing * array.shape[::-1]
    cosines = directions.T @ directions - np.eye(3)
    if np.abs(cosines * extent).max() <= 0.5 * spacing.min():
        return Rectified(Volume(array, _straight_grid(array, directions, spacing, index_to_lps[:3, 3])), 0.0)
    shear = math.degrees(math.asin(min(1.0, float(np.abs(cosines).max()))))
    grid = _rectangular_grid(array.shape, index_to_lps)
    if math.prod(grid.size) > _MOST_GROWTH * array.size:
        raise refusal(source, _BROKEN, _EXPORT)
    return Rectified(_resample_sheared(array, index_to_lps, grid), shear)


def _straight_grid(array: np.ndarray, directions: np.ndarray, spacing: np.ndarray, origin: np.ndarray) -> Grid:
    """Return the grid with the nearest orthonormal axes (polar decomposition), exact ones left alone."""
    if np.abs(directions.T @ directions - np.eye(3)).max() > _ROUNDING:
        left, _, right = np.linalg.svd(directions)
        directions = left @ right
    size = (array.shape[2], array.shape[1], array.shape[0])
    return Grid(size, vector(spacing), vector(origin), tuple(map(float, directions.ravel())))


def _rectangular_grid(shape: tuple[int, ...], index_to_lps: np.ndarray) -> Grid:
    """Return the smallest rectangular grid that holds every voxel, one of whose voxels is the first of them."""
    frame, spacing = _frame(index_to_lps[:3, :3])
    corners = np.array(list(product(*((0.0, length - 1.0) for length in reversed(shape)))))
    reached = corners @ index_to_lps[:3, :3].T @ frame / spacing
    start = np.floor(reached.min(axis=0) + _SAME_VOXEL)
    size = np.ceil(reached.max(axis=0) - _SAME_VOXEL) - start + 1
    origin = index_to_lps[:3, 3] + frame @ (start * spacing)
    return Grid(voxel_counts(size), vector(spacing), vector(origin), tuple(map(float, frame.ravel())))


def _resample_sheared(array: np.ndarray, index_to_lps: np.ndarray, grid: Grid) -> Volume:
    import SimpleITK as sitk

    lps_to_index = np.linalg.inv(index_to_lps)
    to_index = sitk.AffineTransform(lps_to_index[:3, :3].ravel().tolist(), lps_to_index[:3, 3].tolist())
    image = sitk.Resample(
        sitk.GetImageFromArray(array), grid.size, to_index, sitk.sitkLinear,
        grid.origin, grid.spacing, grid.direction, AIR_HU,
    )  # fmt: skip
    return Volume.of_image(image)


def _frame(axes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return orthonormal axes (columns) with the rows' direction and the slices' planes, and the spacing along them."""
    rows = axes[:, 0] / np.linalg.norm(axes[:, 0])
    normal = np.cross(axes[:, 0], axes[:, 1])
    normal /= np.linalg.norm(normal) * np.sign(normal @ axes[:, 2])
    columns = np.cross(normal, rows)
    columns *= np.sign(columns @ axes[:, 1])
    frame = np.stack([rows, columns, normal], axis=1)
    return frame, np.einsum("rc,rc->c", frame, axes)
