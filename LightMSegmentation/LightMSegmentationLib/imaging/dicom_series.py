"""The DICOM series in a folder."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.dicom_header import DamagedDicomError, DicomHeader, SliceHeader, read_header
from LightMSegmentationLib.imaging.read_result import counted

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class SeriesInfo:
    """A series: Series Instance UID, description, modality, number of slices, its files, and why it can't be used.

    ``problem`` completes "The series ..." and is empty for a series that may hold a CT volume.
    """

    uid: str
    description: str
    modality: str
    slices: int
    files: tuple[Path, ...] = field(repr=False)
    problem: str
    headers: tuple[DicomHeader, ...] = field(repr=False)

    def __str__(self) -> str:
        """Return UID, description, modality and slices in one line."""
        about = (self.description or "no description", self.modality or "no modality", counted(self.slices, "slice"))
        return f"{self.uid} ({', '.join(about)})"


@dataclass(frozen=True)
class DicomFolder:
    """The series below a folder, those with most slices first, and the DICOM files that can't be parsed."""

    series: list[SeriesInfo]
    damaged: list[Path]


def scan_folder(folder: Path) -> DicomFolder:
    """Sort the DICOM files below ``folder`` into series; other files are ignored."""
    series: dict[str, list[DicomHeader]] = defaultdict(list)
    damaged = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            header = read_header(path)
        except DamagedDicomError:
            damaged.append(path)
            continue
        if header is not None:
            series[header.series_uid].append(header)
    infos = sorted((series_of(headers) for headers in series.values()), key=lambda info: -info.slices)
    return DicomFolder(infos, damaged)


def list_series(folder: Path) -> list[SeriesInfo]:
    """Return every DICOM series below ``folder``, those with most slices first; other files are ignored."""
    return scan_folder(folder).series


def volume_slices(headers: tuple[DicomHeader, ...]) -> list[SliceHeader]:
    """Return the slices that may belong to a volume: not those of localizers, and only where their place is known."""
    return [part for header in headers if not header.is_localizer for part in header.slices if part.is_placed]


def series_of(headers: list[DicomHeader]) -> SeriesInfo:
    """Return what the headers of one series (at least one) tell about it."""
    first = headers[0]
    return SeriesInfo(
        first.series_uid,
        first.description,
        first.modality,
        sum(len(header.slices) for header in headers),
        tuple(header.file for header in headers),
        _problem(tuple(headers)),
        tuple(headers),
    )


def _problem(headers: tuple[DicomHeader, ...]) -> str:
    """Return the first reason why the headers can't be those of a CT volume, empty when there is none."""
    modality = headers[0].modality
    pictures = [header for header in headers if header.has_pixels]
    lost = [header.file.name for header in headers if not header.has_pixels]
    placed = len(volume_slices(headers))
    problems = (
        (modality not in ("", "CT"), f"is of modality {modality}, not CT"),
        (not pictures, "has no pixel data"),
        (lost, f"lacks the pixel data of {len(lost)} of its {len(headers)} files, such as {', '.join(lost[:1])}"),
        (all(header.is_localizer for header in pictures), "is only a localizer (a scout image)"),
        (any(header.is_color for header in pictures), "holds color pictures (RGB)"),
        (placed == 0, "has no usable pixel spacing, position or orientation in its headers"),
        (placed == 1, "has a single slice"),
    )
    return next((problem for applies, problem in problems if applies), "")
