"""One case of a batch: a CT series."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """A volume file, or one series of a DICOM folder.

    ``name`` is the path below the input folder without its extension, with ``/``: the outputs mirror it. ``path`` and
    ``series_uid`` are what `imaging.read.read_volume` takes; ``files`` are all files whose change makes the case due.
    """

    name: str
    path: Path
    series_uid: str | None
    files: tuple[Path, ...]
