"""The pixels of DICOM slices, in HU."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.hounsfield import nonfinite_notes, to_int16
from LightMSegmentationLib.imaging.itk_image import itk_path, itk_warnings_off
from LightMSegmentationLib.imaging.read_result import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from LightMSegmentationLib.imaging.dicom_header import SliceHeader

_UNDECODED = "is damaged, or its pixels are compressed in a way that can't be decoded"
_EXPORT = "Export the series again, uncompressed."


def read_slices(slices: Sequence[SliceHeader]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the slices' pixels (int16, k, j, i) with rescale slope and intercept applied, and notes.

    Raises
    ------
    UnusableInputError
        When a file can't be decoded.
    """
    columns, rows = slices[0].size
    array = np.empty((len(slices), rows, columns), np.int16)
    places: dict[Path, list[tuple[int, int]]] = defaultdict(list)
    for k, part in enumerate(slices):
        places[part.file].append((k, part.frame))
    nonfinite = 0
    for file, frames_to_places in places.items():
        frames = _decode(file, max(frame for _, frame in frames_to_places) + 1, (rows, columns))
        for k, frame in frames_to_places:
            array[k], bad = to_int16(frames[frame])
            nonfinite += bad
    return array, nonfinite_notes(slices[0].file.parent, nonfinite, array.size)


def _decode(path: Path, count: int, shape: tuple[int, int]) -> np.ndarray:
    """Return at least ``count`` frames of a file in HU (frame, j, i), each of the given shape."""
    import SimpleITK as sitk

    try:
        with itk_warnings_off():
            frames = sitk.GetArrayFromImage(sitk.ReadImage(itk_path(path), imageIO="GDCMImageIO"))
        frames = frames.reshape(-1, *shape)
    except (RuntimeError, ValueError) as error:
        raise refusal(path, _UNDECODED, _EXPORT) from error
    if len(frames) < count:
        raise refusal(path, _UNDECODED, _EXPORT)
    return frames
