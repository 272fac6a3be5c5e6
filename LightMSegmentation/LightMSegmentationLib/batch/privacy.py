"""Sentences without the names of files, folders and series, which may name patients."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from LightMSegmentationLib.batch.case import Case

_UID = re.compile(r"(?:\bUID )?\b\d+(?:\.\d+){3,}\b(?: \([^()]*\))?")
_PATH = re.compile(r"(?:[A-Za-z]:)?(?:[\\/][\w .\[\]+-]*)+[\\/][\w.\[\]+-]*")
_SHORTEST = 2
#: Names that name nobody, and that our sentences use as words.
_NEUTRAL = frozenset(
    {
        "ct", "data", "dicom", "export", "exports", "file", "files", "folder", "folders", "image", "images", "input",
        "liver", "scan", "scans", "series", "slice", "slices", "studies", "study", "volume", "volumes",
    }
)  # fmt: skip


def without_names(text: str, case: Case, source: Path) -> str:
    """Return a sentence about ``case`` with "[file]", "[folder]" and "[series]" for what may name a patient."""
    text = _UID.sub("[series]", text)
    for name in _names(part for path in _paths(case) for part in (path.name, path.name.partition(".")[0])):
        text = text.replace(name, "[file]")
    folders = (part for path in (*_paths(case), source) for part in path.parts)
    for name in _names((*folders, *case.name.split("/"), case.facts.patient)):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "[folder]", text)
    if case.facts.description:
        text = text.replace(case.facts.description, "[description]")
    return _PATH.sub("[path]", text)


def _paths(case: Case) -> tuple[Path, ...]:
    return (case.path, *case.files)


def _names(candidates: Iterable[str]) -> list[str]:
    """Return what could name someone, the longest first, since one name may hold another."""
    names = {name for name in candidates if len(name) > _SHORTEST and name.casefold() not in _NEUTRAL}
    return sorted(names, key=len, reverse=True)
