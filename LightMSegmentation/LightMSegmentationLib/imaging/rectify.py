"""Sheared voxel grids put onto rectangular ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from LightMSegmentationLib.imaging.grid import Grid, vector, voxel_counts
from LightMSegmentationLib.imaging.hounsfield import AIR_HU
from LightMSegmentationLib.imaging.volume import Volume

_ROUNDING = 1e-6


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


def rectify(array: np.ndarray, index_to_lps: np.ndarray) -> Rectified:
    """Return ``array`` (k, j, i) on a rectangular grid.

    Axes whose shear moves no voxel by more than half of the smallest spacing are only straightened. Others (gantry
    tilt, sheared sform) are resampled linearly onto the smallest rectangular grid that holds every voxel, with the
    same rows, the same slice planes where only the slices are shifted against each other, and air around.

    Parameters
    ----------
    array
        Voxels, axis order k, j, i.
    index_to_lps
        4x4 matrix from (i, j, k, 1) to LPS mm with linearly independent axes.
    """
    axes = index_to_lps[:3, :3]
    spacing = np.linalg.norm(axes, axis=0)
    directions = axes / spacing
    extent = spacing * array.shape[::-1]
    cosines = directions.T @ directions - np.eye(3)
    if np.abs(cosines * extent).max() <= 0.5 * spacing.min():
        return Rectified(Volume(array, _straight_grid(array, directions, spacing, index_to_lps[:3, 3])), 0.0)
    shear = math.degrees(math.asin(min(1.0, float(np.abs(cosines).max()))))
    return Rectified(_resample_sheared(array, index_to_lps), shear)


def _straight_grid(array: np.ndarray, directions: np.ndarray, spacing: np.ndarray, origin: np.ndarray) -> Grid:
    """Return the grid with the nearest orthonormal axes (polar decomposition), exact ones left alone."""
    if np.abs(directions.T @ directions - np.eye(3)).max() > _ROUNDING:
        left, _, right = np.linalg.svd(directions)
        directions = left @ right
    size = (array.shape[2], array.shape[1], array.shape[0])
    return Grid(size, vector(spacing), vector(origin), tuple(map(float, directions.ravel())))


def _resample_sheared(array: np.ndarray, index_to_lps: np.ndarray) -> Volume:
    import SimpleITK as sitk

    frame, spacing = _frame(index_to_lps[:3, :3])
    # Corners of the voxel block in units of the new grid, relative to the first voxel.
    last = np.asarray(array.shape[::-1]) - 1.0
    corners = np.array([[i, j, k] for i in (0, last[0]) for j in (0, last[1]) for k in (0, last[2])])
    reached = corners @ index_to_lps[:3, :3].T @ frame / spacing
    start = np.floor(reached.min(axis=0) + 1e-3)
    size = np.ceil(reached.max(axis=0) - 1e-3) - start + 1
    origin = index_to_lps[:3, 3] + frame @ (start * spacing)
    grid = Grid(voxel_counts(size), vector(spacing), vector(origin), tuple(map(float, frame.ravel())))
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
