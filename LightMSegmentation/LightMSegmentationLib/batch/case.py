"""One case of a batch: a CT series."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from LightMSegmentationLib.batch.series_facts import SeriesFacts


@dataclass(frozen=True)
class Case:
    """A volume file, or one series of a DICOM folder; either may lie in a zip archive.

    ``name`` is the path below the input folder without its extension, with ``/``: the outputs mirror it. ``path`` and
    ``series_uid`` are what `imaging.read.read_volume` takes; ``path`` is relative to what ``archive`` unpacks to, if
    there is one. ``files`` are all files whose change makes the case due. ``problem`` says why the case will fail,
    where that is known without reading its voxels.
    """

    name: str
    path: Path
    series_uid: str | None
    files: tuple[Path, ...]
    archive: Path | None = None
    facts: SeriesFacts = field(default_factory=SeriesFacts)
    problem: str = ""


@dataclass(frozen=True)
class Skipped:
    """Something in the input that is no case; ``reason`` completes "skipped: it ..."."""

    name: str
    reason: str


@dataclass(frozen=True)
class Discovery:
    """What an input holds: cases ordered by name, and what looks like a scan but is none."""

    cases: tuple[Case, ...]
    skipped: tuple[Skipped, ...]
