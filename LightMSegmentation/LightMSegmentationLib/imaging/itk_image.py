"""Volumes read by ITK, with its complaints turned into sentences."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.header_checks import check_scalar, check_size
from LightMSegmentationLib.imaging.hounsfield import nonfinite_notes, to_int16
from LightMSegmentationLib.imaging.read_result import ReadVolume, refusal
from LightMSegmentationLib.imaging.rectify import rectify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import SimpleITK


def read_itk_image(path: Path, image_io: str) -> ReadVolume:
    """Read a scalar 3D image with the named ITK image IO as int16.

    Raises
    ------
    UnusableInputError
        When ITK can't read it, it is not a scalar 3D volume, or has more than 1 % NaN or Inf.
    """
    image = _read(path, image_io)
    array, notes = _voxels(path, image)
    grid = Grid.of_image(image)
    rectified = rectify(path, array, grid.index_to_lps)
    return ReadVolume(rectified.volume, notes + rectified.notes)


def itk_path(path: Path) -> str:
    """Return a path as ITK takes it.

    Raises
    ------
    UnusableInputError
        When its bytes are no text: SimpleITK ends the whole process on such a name.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        readable = os.fsencode(path).decode("utf-8", "backslashreplace")
        raise refusal(readable, "has a name with bytes that are no text", "Rename the file or folder.") from error
    return str(path)


@contextmanager
def itk_warnings_off() -> Iterator[None]:
    """Keep ITK from writing warnings to the terminal; what matters in them is checked here or raised as an error."""
    import SimpleITK as sitk

    before = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(before)


def _read(path: Path, image_io: str) -> SimpleITK.Image:
    """Return the three-dimensional image, refused by its header before its voxels are read where possible."""
    import SimpleITK as sitk

    reader = sitk.ImageFileReader()
    reader.SetImageIO(image_io)
    reader.SetFileName(itk_path(path))
    try:
        with itk_warnings_off():
            reader.ReadImageInformation()
            sizes = list(reader.GetSize())
            while len(sizes) > 3 and sizes[-1] == 1:
                sizes.pop()
            check_scalar(path, reader.GetNumberOfComponents())
            check_size(path, sizes)
            if len(reader.GetSize()) > 3:
                reader.SetExtractSize(sizes + [0] * (len(reader.GetSize()) - 3))
            return reader.Execute()
    except RuntimeError as error:
        wrong = "is truncated, damaged or not the kind of file that its name says"
        raise refusal(path, wrong, "Copy or export the file again.") from error


def _voxels(path: Path, image: SimpleITK.Image) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the voxels as int16, converted slice by slice to spare memory."""
    import SimpleITK as sitk

    view = sitk.GetArrayViewFromImage(image)
    array = np.empty(view.shape, np.int16)
    nonfinite = 0
    for source, target in zip(view, array, strict=True):
        target[...], bad = to_int16(source)
        nonfinite += bad
    return array, nonfinite_notes(path, nonfinite, array.size)
