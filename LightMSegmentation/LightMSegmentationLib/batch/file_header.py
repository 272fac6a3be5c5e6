"""The grid in the header of a volume file, without reading its voxels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.itk_image import itk_path, itk_warnings_off

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class FileHeader:
    """Number of voxels, and number and distance (mm) of the slices along the body."""

    voxels: int
    slices: int
    slice_distance_mm: float


def read_file_header(path: Path) -> FileHeader | None:
    """Return the grid of a volume file, None when its header can't be read or it is no volume."""
    import SimpleITK as sitk

    reader = sitk.ImageFileReader()
    try:
        with itk_warnings_off():
            reader.SetFileName(itk_path(path))
            reader.ReadImageInformation()
    except (RuntimeError, UnusableInputError):
        return None
    size, spacing, direction = reader.GetSize(), reader.GetSpacing(), reader.GetDirection()
    if len(size) < 3:
        return None
    along = max(range(3), key=lambda axis: abs(direction[2 * len(size) + axis]))
    return FileHeader(math.prod(size), int(size[along]), float(spacing[along]))
