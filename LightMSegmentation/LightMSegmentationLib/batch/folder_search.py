"""Walking through a folder: volume files, archives, and the folders in which to look for DICOM."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from LightMSegmentationLib.batch.archive import ARCHIVE_SUFFIX
from LightMSegmentationLib.batch.case import Skipped
from LightMSegmentationLib.batch.case_names import printable
from LightMSegmentationLib.batch.label_map import is_segmentation_name
from LightMSegmentationLib.batch.ledger import LEDGER_NAME
from LightMSegmentationLib.imaging.atomic import full_suffix
from LightMSegmentationLib.imaging.read import FILE_FORMS


@dataclass
class FolderSearch:
    """What a walk met.

    ``roots`` are the folders below which DICOM is looked for: the searched one, and what links lead to. ``closed`` are
    the real paths of folders that were left out: the output folder, and those of earlier batches.
    """

    roots: list[Path]
    files: list[Path] = field(default_factory=list)
    archives: list[Path] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    closed: list[Path] = field(default_factory=list)

    def is_closed(self, folder: Path) -> bool:
        """Tell whether a folder is, or lies in, one that was left out."""
        real = folder.resolve()
        return any(closed == real or closed in real.parents for closed in self.closed)


def search_folder(source: Path, target: Path) -> FolderSearch:
    """Walk through ``source`` and all below it, each real folder once; ``target`` (resolved) is left out."""
    found, seen = FolderSearch([source], closed=[target]), {source.resolve()}
    for folder, names, children in os.walk(source, followlinks=True):
        here = Path(folder)
        names[:] = [name for name in sorted(names) if _enters(source, here / name, found, seen)]
        found.roots += [here / name for name in names if (here / name).is_symlink()]
        for path in (here / child for child in sorted(children) if not child.startswith(".")):
            _sort_in(source, path, found)
    return found


def is_archive(path: Path) -> bool:
    """Tell by its name whether a file is a zip archive."""
    return path.suffix.lower() == ARCHIVE_SUFFIX


def _enters(source: Path, folder: Path, found: FolderSearch, seen: set[Path]) -> bool:
    """Tell whether to search ``folder``: a link may lead to a folder that was or will be searched."""
    real = folder.resolve()
    if folder.name.startswith(".") or real in found.closed or real in seen:
        return False
    if folder.is_symlink() and any(real in known.parents or known in real.parents for known in seen):
        return False
    if (folder / LEDGER_NAME).is_file():
        found.closed.append(real)
        found.skipped.append(Skipped(printable(folder.relative_to(source).as_posix()), "holds the results of a batch"))
        return False
    seen.add(real)
    return True


def _sort_in(source: Path, path: Path, found: FolderSearch) -> None:
    if is_archive(path):
        found.archives.append(path)
    elif is_segmentation_name(path):
        found.skipped.append(Skipped(printable(path.relative_to(source).as_posix()), "is a segmentation"))
    elif full_suffix(path) in FILE_FORMS:
        found.files.append(path)
