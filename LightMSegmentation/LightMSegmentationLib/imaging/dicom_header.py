"""What of a DICOM file's header is needed to build volumes.

Source: DICOM PS3.3, C.7.6.2 (image plane), C.7.6.16 (multi-frame functional groups), C.8.15 (enhanced CT).
"""

from __future__ import annotations

import logging
import math
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pydicom.dataset import Dataset

_TAGS = [
    "SOPInstanceUID", "ImageType", "Modality", "SeriesDescription", "SeriesInstanceUID", "InstanceNumber",
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns", "SamplesPerPixel",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
]  # fmt: skip
_PIXEL_TAGS = (b"\xe0\x7f\x10\x00", b"\xe0\x7f\x08\x00", b"\xe0\x7f\x09\x00")
DICOM_SUFFIXES = (".dcm", ".dicom", ".ima")
_DEFLATED = "1.2.840.10008.1.2.1.99"
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_DICOMDIR = "1.2.840.10008.1.3.10"


@dataclass(frozen=True)
class SliceHeader:
    """Where one slice lies: a file, or one frame of it. Missing or unreadable numbers are NaN.

    ``position`` is the center of the first pixel (LPS, mm), ``orientation`` the direction of the rows and then of the
    columns, ``spacing`` the distance (mm) of pixels within a row and of rows.
    """

    file: Path
    frame: int
    instance_uid: str
    instance_number: int
    size: tuple[int, int]
    position: tuple[float, ...]
    orientation: tuple[float, ...]
    spacing: tuple[float, ...]

    @property
    def is_placed(self) -> bool:
        """Whether its place in the patient and its pixel spacing are known."""
        numbers = (*self.position, *self.orientation, *self.spacing)
        return len(numbers) == 11 and all(map(math.isfinite, numbers)) and min(self.spacing) > 0


@dataclass(frozen=True)
class DicomHeader:
    """One DICOM file: the series it belongs to and its slices."""

    file: Path
    series_uid: str
    description: str
    modality: str
    is_localizer: bool
    is_color: bool
    has_pixels: bool
    slices: tuple[SliceHeader, ...]


class DamagedDicomError(Exception):
    """A DICOM file can't be parsed."""


def is_dicom_file(path: Path) -> bool:
    """Return whether a file starts like a DICOM file, with its preamble or (as of old) without."""
    try:
        with path.open("rb") as file:
            start = file.read(132)
    except OSError:
        return False
    return start[128:] == b"DICM" or (start[:2] == b"\x08\x00" and start[3:4] == b"\x00" and len(start) == 132)


def read_header(path: Path) -> DicomHeader | None:
    """Return the header of a DICOM file that belongs to a series, or None for any other file.

    Raises
    ------
    DamagedDicomError
        When the file is DICOM, or called so, but can't be parsed.
    """
    from pydicom import dcmread

    if not is_dicom_file(path):
        if path.suffix.lower() in DICOM_SUFFIXES:
            raise DamagedDicomError
        return None
    try:
        with pydicom_silenced(), path.open("rb") as file:
            data = dcmread(file, stop_before_pixels=True, specific_tags=_TAGS, force=True)
            header = _header(path, data, file.read(4))
            is_directory = _meta(data, "MediaStorageSOPClassUID") == _DICOMDIR
    except Exception as error:  # pydicom raises whatever a damaged file provokes.
        raise DamagedDicomError from error
    if not header.series_uid and not is_directory:
        raise DamagedDicomError
    return header if header.series_uid else None


@contextmanager
def pydicom_silenced() -> Iterator[None]:
    """Keep pydicom's warnings, which name the patient's files, off the terminal and out of logs."""
    logger = logging.getLogger("pydicom")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def _header(path: Path, data: Dataset, next_tag: bytes) -> DicomHeader:
    syntax = _meta(data, "TransferSyntaxUID")
    if syntax == _BIG_ENDIAN:
        next_tag = bytes([next_tag[1], next_tag[0], next_tag[3], next_tag[2]]) if len(next_tag) == 4 else b""
    has_pixels = "Rows" in data and (next_tag in _PIXEL_TAGS or syntax == _DEFLATED)
    kinds = [str(kind).upper() for kind in _values(data.get("ImageType"))]
    return DicomHeader(
        path,
        _text(data, "SeriesInstanceUID"),
        _text(data, "SeriesDescription"),
        _text(data, "Modality").upper(),
        "LOCALIZER" in kinds,
        _integer(data, "SamplesPerPixel", 1) > 1,
        has_pixels,
        tuple(_slices(path, data)) if has_pixels else (),
    )


def _slices(path: Path, data: Dataset) -> Iterable[SliceHeader]:
    frames = data.get("PerFrameFunctionalGroupsSequence") or [data]
    shared = (data.get("SharedFunctionalGroupsSequence") or [data])[0]
    size = (_integer(data, "Columns"), _integer(data, "Rows"))
    uid, number = _text(data, "SOPInstanceUID") or path.as_posix(), _integer(data, "InstanceNumber")
    for index, frame in enumerate(frames):
        row_spacing = _numbers("PixelSpacing", "PixelMeasuresSequence", frame, shared, data)
        yield SliceHeader(
            path, index, uid, number, size,
            _numbers("ImagePositionPatient", "PlanePositionSequence", frame, shared, data),
            _numbers("ImageOrientationPatient", "PlaneOrientationSequence", frame, shared, data),
            row_spacing[::-1],
        )  # fmt: skip


def _numbers(name: str, group: str, *places: Dataset) -> tuple[float, ...]:
    """Return the numbers of an attribute from the first place that has it, in the functional group or plainly."""
    for place in places:
        for holder in (*(place.get(group) or ()), place):
            values = _values(holder.get(name))
            if values:
                return tuple(map(_number, values))
    return ()


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _values(value: Any) -> list[Any]:
    """Return an attribute's values, whatever their number."""
    if value is None or isinstance(value, str):
        return [value] if value else []
    try:
        return list(value)
    except TypeError:
        return [value]


def _meta(data: Dataset, name: str) -> str:
    """Return an attribute of the file's meta information, which files without preamble lack."""
    return str(getattr(data, "file_meta", {}).get(name, ""))


def _text(data: Dataset, name: str) -> str:
    return str(data.get(name) or "").strip()


def _integer(data: Dataset, name: str, default: int = 0) -> int:
    try:
        return int(data.get(name) or default)
    except (TypeError, ValueError):
        return default
