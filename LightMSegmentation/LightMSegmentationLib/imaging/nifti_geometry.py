"""Where the voxels of a NIfTI file lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.itk_image import itk_path, itk_warnings_off

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.imaging.nifti_header import NiftiHeader

_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def index_to_lps(path: Path, header: NiftiHeader) -> np.ndarray:
    """Return the 4x4 matrix from (i, j, k, 1) to LPS mm, which may be sheared.

    It is ITK's reading of the header, so that results lie where Slicer shows the scan, except for sheared axes and
    version 2, which ITK refuses.
    """
    readable = header.version == 1 and np.isfinite([*header.fields["srow"].ravel(), *header.fields["quatern"]]).all()
    matrix = _of_itk(path) if readable else None
    return _RAS_TO_LPS @ _of_header(header) if matrix is None else matrix


def _of_itk(path: Path) -> np.ndarray | None:
    import SimpleITK as sitk

    reader = sitk.ImageFileReader()
    reader.SetImageIO("NiftiImageIO")
    reader.SetFileName(itk_path(path))
    try:
        with itk_warnings_off():
            reader.ReadImageInformation()
    except RuntimeError:
        return None
    size, spacing, origin = reader.GetSize()[:3], reader.GetSpacing()[:3], reader.GetOrigin()[:3]
    rank = reader.GetDimension()
    direction = np.reshape(reader.GetDirection(), (rank, rank))[:3, :3]
    return Grid(size, spacing, origin, tuple(direction.ravel())).index_to_lps


def _of_header(header: NiftiHeader) -> np.ndarray:
    """Return the sform where there is one, else the qform, else the spacing alone, as a matrix to RAS mm."""
    matrix = np.eye(4)
    if header.fields["sform_code"] > 0:
        matrix[:3] = header.fields["srow"]
    else:
        matrix[:3, :3] = np.diag(np.abs(header.fields["pixdim"][1:4]))
        if header.fields["qform_code"] > 0:
            matrix[:3, :3] = _rotation(header) @ matrix[:3, :3]
            matrix[:3, 3] = header.fields["qoffset"]
    matrix[:3] *= header.mm_per_unit
    return matrix


def _rotation(header: NiftiHeader) -> np.ndarray:
    """Return the qform's rotation, with the third axis flipped where pixdim[0] says so (nifti1.h, method 2)."""
    b, c, d = map(float, header.fields["quatern"])
    a = max(0.0, 1.0 - b * b - c * c - d * d) ** 0.5
    rotation = np.array([
        [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
        [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
        [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
    ])  # fmt: skip
    rotation[:, 2] *= -1.0 if header.fields["pixdim"][0] < 0 else 1.0
    return rotation
