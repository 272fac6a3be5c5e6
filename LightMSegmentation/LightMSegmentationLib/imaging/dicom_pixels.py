"""The pixels of DICOM slices, in HU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.hounsfield import nonfinite_notes, to_int16
from LightMSegmentationLib.imaging.read_result import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from LightMSegmentationLib.imaging.dicom_header import SliceHeader


def read_slices(slices: Sequence[SliceHeader]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the slices' pixels (int16, k, j, i) with rescale slope and intercept applied, and notes.

    Raises
    ------
    UnusableInputError
        When a file can't be decoded.
    """
    columns, rows = slices[0].size
    array = np.empty((len(slices), rows, columns), np.int16)
    nonfinite = 0
    file, frames = None, np.empty(0)
    for target, part in zip(array, slices, strict=True):
        if part.file != file:
            file, frames = part.file, _decode(part.file)
        target[...], bad = to_int16(frames[part.frame])
        nonfinite += bad
    return array, nonfinite_notes(slices[0].file.parent, nonfinite, array.size)


def _decode(path: Path) -> np.ndarray:
    """Return the frames of a file in HU (frame, j, i)."""
    import SimpleITK as sitk

    try:
        image = sitk.ReadImage(str(path), imageIO="GDCMImageIO")
    except RuntimeError as error:
        wrong = "is damaged, or its pixels are compressed in a way that can't be decoded"
        raise refusal(path, wrong, "Export the series again, uncompressed.") from error
    frames = sitk.GetArrayFromImage(image)
    return frames[np.newaxis] if frames.ndim == 2 else frames
