"""DICOM folders and files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.dicom_header import DamagedDicomError, is_dicom_file, read_header
from LightMSegmentationLib.imaging.dicom_pixels import read_slices
from LightMSegmentationLib.imaging.dicom_series import SeriesInfo, list_series, scan_folder, series_of, volume_slices
from LightMSegmentationLib.imaging.dicom_stack import Stack, stack_slices
from LightMSegmentationLib.imaging.read_result import DicomSlices, ReadVolume, counted, refusal
from LightMSegmentationLib.imaging.rectify import rectify

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SeriesInfo", "is_dicom_file", "list_series", "read_dicom_file", "read_dicom_folder"]

_LISTED = 12
_GIVE_CT = "Give the axial slices of an abdominal CT."


def read_dicom_folder(folder: Path, series_uid: str | None = None) -> ReadVolume:
    """Read the CT series in a folder (other files are ignored), or the one with ``series_uid``, as int16 HU.

    Raises
    ------
    UnusableInputError
        When there is no complete CT series, or several and no ``series_uid``.
    """
    contents = scan_folder(folder)
    found = contents.series
    if not found:
        files = f" ({_damaged(contents.damaged)})" if contents.damaged else ""
        advice = "Give a folder with a CT series, or a NIfTI, NRRD or MetaImage file."
        raise refusal(folder, f"holds no DICOM images{files}", advice)
    chosen = _named(folder, found, series_uid) if series_uid else _only(folder, found)
    read = _read_series(folder, chosen)
    notes = read.notes
    if contents.damaged:
        notes = (f"Left out {_damaged(contents.damaged)}: slices at the ends may be missing.", *notes)
    if len(found) > 1 and not series_uid:
        taken = f"The series {chosen} was taken: the only one of {len(found)} in the folder that can be a CT volume."
        notes = (taken, *notes)
    return replace(read, notes=notes)


def read_dicom_file(path: Path) -> ReadVolume:
    """Read a multi-frame DICOM file, or the series that a single slice belongs to, from the slice's folder.

    Raises
    ------
    UnusableInputError
        When the file or its series is not a complete CT volume.
    """
    try:
        header = read_header(path)
    except DamagedDicomError:
        header = None
    if header is None:
        raise refusal(path, "is a damaged DICOM file, or one without a series", "Copy or export the series again.")
    if len(header.slices) > 1:
        return _read_series(path, series_of([header]))
    series = next(info for info in list_series(path.parent) if info.uid == header.series_uid)
    read = _read_series(path, series)
    return replace(read, notes=(f"{path.name} is one slice: its whole series {series} was read.", *read.notes))


def _damaged(files: list[Path]) -> str:
    return f"{counted(len(files), 'damaged DICOM file')}, such as {files[0].name}"


def _named(folder: Path, found: list[SeriesInfo], uid: str) -> SeriesInfo:
    for series in found:
        if series.uid == uid:
            return series
    raise refusal(folder, f"holds no series {uid}; {_listing(found)}", "Choose one of them with --series UID.")


def _only(folder: Path, found: list[SeriesInfo]) -> SeriesInfo:
    usable = [series for series in found if not series.problem]
    if len(usable) == 1:
        return usable[0]
    if len(found) == 1:
        return found[0]
    if usable:
        raise refusal(folder, f"holds several series; {_listing(usable)}", "Choose one of them with --series UID.")
    reasons = "; ".join(f"{series} {series.problem}" for series in found[:_LISTED])
    raise refusal(folder, f"holds no series that can be used: {reasons}", _GIVE_CT)


def _listing(found: list[SeriesInfo]) -> str:
    more = f"; and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return f"it has {'; '.join(map(str, found[:_LISTED]))}{more}"


def _read_series(source: Path, series: SeriesInfo) -> ReadVolume:
    if series.problem:
        raise refusal(source, f"can't be used: its series {series} {series.problem}", _GIVE_CT)
    stack = stack_slices(source, volume_slices(series.headers))
    notes = stack.notes
    localizers = sum(header.is_localizer for header in series.headers)
    if localizers:
        notes += (f"Left out {counted(localizers, 'localizer image')} in the series.",)
    array, pixel_notes = read_slices(stack.slices)
    if not stack.is_even:
        array = _even_out(array, stack)
        notes += ("The slices are unevenly spaced: interpolated at even distances.",)
    rectified = rectify(source, array, stack.index_to_lps)
    if rectified.shear_degrees:
        tilt = f"{rectified.shear_degrees:.1f} degrees"
        notes += (f"The gantry was tilted by {tilt}: the slices were resampled onto a rectangular grid.",)
    origin = DicomSlices(stack.slices, stack.is_even and not rectified.shear_degrees)
    return ReadVolume(rectified.volume, notes + pixel_notes, origin)


def _even_out(array: np.ndarray, stack: Stack) -> np.ndarray:
    """Interpolate slices linearly at even distances between the first and the last."""
    result = np.empty_like(array)
    for index, depth in enumerate(np.linspace(0.0, stack.depths[-1], len(stack.depths))):
        above = int(np.clip(np.searchsorted(stack.depths, depth), 1, len(stack.depths) - 1))
        share = (depth - stack.depths[above - 1]) / (stack.depths[above] - stack.depths[above - 1])
        result[index] = np.rint(array[above - 1] * (1.0 - share) + array[above] * share)
    return result
