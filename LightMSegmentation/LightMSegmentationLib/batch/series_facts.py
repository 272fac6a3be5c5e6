"""What is known of a series before its voxels are read: for choosing series, and for following a patient over time."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.imaging.dicom_header import pydicom_silenced

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.batch.file_header import FileHeader
    from LightMSegmentationLib.imaging.dicom import SeriesInfo

_TAGS = [
    "PatientID", "StudyInstanceUID", "StudyDate", "AcquisitionDate", "SeriesDescription", "ProtocolName",
    "SliceThickness", "SharedFunctionalGroupsSequence",
]  # fmt: skip


class Phase(str, Enum):
    """The contrast phase of a CT, as far as words tell it."""

    NATIVE = "native"
    ARTERIAL = "arterial"
    PORTAL = "portal"
    DELAYED = "delayed"


#: In this order, since "late arterial" is arterial and "pre-contrast portal planning" is native.
_PHASE_WORDS = {
    Phase.NATIVE: r"nativ|non.?contrast|without.?contrast|no.?contrast|pre.?contrast|unenhanced|\bnc\b",
    Phase.ARTERIAL: r"arter|\bart\b|\bap\b",
    Phase.PORTAL: r"portal|venous|ven[oö]s|\bpv\b|\bpvp\b|\bven\b",
    Phase.DELAYED: r"delay|equilib|\blate\b|\bdel\b|\bsp[aä]t",
}


@dataclass(frozen=True)
class SeriesFacts:
    """Facts from headers; empty or None where they are unknown.

    ``study`` groups the series of one examination. ``thickness_mm`` is that of a slice, or the slices' distance.
    ``patient`` is the ID in the headers, ``date`` the day of the scan (YYYY-MM-DD); both are identifying.
    """

    description: str = ""
    phase: Phase | None = None
    slices: int | None = None
    thickness_mm: float | None = None
    study: str = ""
    patient: str = ""
    date: str = ""


def phase_of(text: str) -> Phase | None:
    """Return the contrast phase that a description names, None when it names none."""
    words = text.casefold().replace("_", " ")
    return next((phase for phase, pattern in _PHASE_WORDS.items() if re.search(pattern, words)), None)


def facts_of_series(series: SeriesInfo) -> SeriesFacts:
    """Return the facts of a DICOM series, from the headers of its first file."""
    from pydicom import dcmread

    data: Any = {}
    try:
        with pydicom_silenced():
            data = dcmread(series.files[0], stop_before_pixels=True, specific_tags=_TAGS, force=True)
            text = {name: str(data.get(name) or "").strip() for name in _TAGS[:-2]}
            thickness = _thickness(data)
    except Exception:  # pydicom raises whatever a damaged file provokes; the case itself will say what is wrong
        return SeriesFacts(series.description, phase_of(series.description), series.slices)
    return SeriesFacts(
        series.description,
        phase_of(f"{series.description} {text['ProtocolName']}"),
        series.slices,
        thickness if thickness is not None else _slice_distance(series),
        text["StudyInstanceUID"],
        text["PatientID"],
        iso_date(text["AcquisitionDate"]) or iso_date(text["StudyDate"]),
    )


def facts_of_file(path: Path, header: FileHeader | None) -> SeriesFacts:
    """Return the facts of a volume file: its name is its description, its folder the study."""
    slices, thickness = (header.slices, header.slice_distance_mm) if header else (None, None)
    return SeriesFacts(path.name, phase_of(path.name), slices, thickness, path.parent.as_posix())


def iso_date(text: str) -> str:
    """Return a DICOM date (YYYYMMDD, or with dots as of old) as YYYY-MM-DD, empty when it is none."""
    found = re.fullmatch(r"(\d{4})\.?(0[1-9]|1[0-2])\.?(0[1-9]|[12]\d|3[01])", text.strip())
    return "-".join(found.groups()) if found else ""


def _thickness(data: Any) -> float | None:
    for holder in (data, *_shared_measures(data)):
        try:
            value = float(holder.get("SliceThickness"))
        except (TypeError, ValueError):
            continue
        if value > 0:
            return value
    return None


def _shared_measures(data: Any) -> list[Any]:
    groups = data.get("SharedFunctionalGroupsSequence") or ()
    return [measure for group in groups for measure in (group.get("PixelMeasuresSequence") or ())]


def _slice_distance(series: SeriesInfo) -> float | None:
    """Return the median distance (mm) of neighboring slices along the body."""
    heights = {part.position[2] for header in series.headers for part in header.slices if len(part.position) == 3}
    ordered = sorted(filter(math.isfinite, heights))
    steps = sorted(above - below for below, above in pairwise(ordered))
    return steps[len(steps) // 2] if steps else None
