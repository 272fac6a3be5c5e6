"""Finding the cases in a folder: NIfTI, NRRD and MetaImage files, and DICOM series."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.case import Case
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.atomic import full_suffix
from LightMSegmentationLib.imaging.dicom import list_series
from LightMSegmentationLib.imaging.read import FILE_FORMS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from LightMSegmentationLib.imaging.dicom import SeriesInfo

_HEADER_BYTES = 4096
_DATA_FILE = re.compile(rb"^(?:ElementDataFile\s*=|data ?file:)\s*(\S[^\r\n]*?)\s*$", re.IGNORECASE | re.MULTILINE)
_NO_TEXT = re.compile("[\udc80-\udcff]")
_DETACHED = (".mhd", ".nhdr")


def discover(source: Path, target: Path) -> list[Case]:
    """Return the cases below ``source``, ordered by name; ``target`` and hidden files are left out.

    Links to folders are followed, each folder is searched once. Slicer segmentations (``.seg.nrrd``) are no input. Two
    files that differ only in their extension keep it in their case's name.

    Raises
    ------
    UnusableInputError
        When ``source`` is no folder.
    """
    if not source.is_dir():
        cause = f"The input folder {source} does not exist."
        raise UnusableInputError(cause, "Choose a folder with CT scans.")
    roots, files = _search(source, target.resolve())
    cases = [_file_case(source, path) for path in files]
    for root in roots:
        cases += _dicom_cases(source, root, target.resolve())
    return sorted(_with_distinct_names(cases), key=lambda case: case.name)


def _search(source: Path, target: Path) -> tuple[list[Path], list[Path]]:
    """Return the folders to search for DICOM (``source`` and what links lead to), and the volume files."""
    roots, files, seen = [source], [], {source.resolve()}
    for folder, names, children in os.walk(source, followlinks=True):
        here = Path(folder)
        names[:] = sorted(name for name in names if _is_new(here / name, target, seen))
        roots += [here / name for name in names if (here / name).is_symlink()]
        files += [here / child for child in sorted(children) if _is_volume_file(child)]
    return roots, files


def _is_new(folder: Path, target: Path, seen: set[Path]) -> bool:
    """Tell whether to search ``folder``: a link may lead to a folder that was or will be searched."""
    real = folder.resolve()
    if folder.name.startswith(".") or real == target or real in seen:
        return False
    if folder.is_symlink() and any(real in known.parents or known in real.parents for known in seen):
        return False
    seen.add(real)
    return True


def _is_volume_file(name: str) -> bool:
    return not name.startswith(".") and full_suffix(Path(name)) in FILE_FORMS


def _file_case(source: Path, path: Path) -> Case:
    name = _printable(path.relative_to(source).as_posix())
    return Case(name[: -len(full_suffix(path))], path, None, (path, *_detached_data(path)))


def _printable(name: str) -> str:
    """Replace the bytes of a file name that are no text, keeping names distinct."""
    return _NO_TEXT.sub(lambda found: f"_x{ord(found[0]) - 0xDC00:02x}", name)


def _detached_data(path: Path) -> Iterator[Path]:
    """Yield the file that a detached header names, so that a change of it is noticed."""
    if full_suffix(path) in _DETACHED:
        with path.open("rb") as header:
            named = _DATA_FILE.search(header.read(_HEADER_BYTES))
        if named:
            yield path.parent / os.fsdecode(named.group(1))


def _dicom_cases(source: Path, root: Path, target: Path) -> list[Case]:
    """Return one case for each CT series below ``root`` that can be read, or that is alone in its folder and can't."""
    folders: dict[Path, list[SeriesInfo]] = defaultdict(list)
    for series in list_series(root):
        folder = Path(os.path.commonpath([file.parent for file in series.files]))
        if series.modality in ("", "CT") and target not in folder.resolve().parents:
            folders[folder].append(series)
    cases = []
    for folder, found in folders.items():
        usable = [series for series in found if not series.problem]
        name = _folder_name(source, folder)
        for series in usable or found[:1]:
            own = name if len(usable) <= 1 else f"{name}/{_series_name(series)}"
            cases.append(Case(own, folder, series.uid, series.files))
    return cases


def _folder_name(source: Path, folder: Path) -> str:
    relative = _printable(folder.relative_to(source).as_posix())
    return (source.resolve().name or "scan") if relative == "." else relative


def _series_name(series: SeriesInfo) -> str:
    """Return a file name that tells series apart: what is left of the description, and the end of the UID."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", series.description).strip("-").lower()[:40]
    return f"{words or 'series'}-{re.sub(r'[^0-9]', '', series.uid)[-8:]}"


def _with_distinct_names(cases: list[Case]) -> list[Case]:
    """Return the cases with names that differ, also where upper and lower case are the same."""
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.name.casefold()].append(case)
    return [case if len(group) == 1 else _named_in_full(case) for group in groups.values() for case in group]


def _named_in_full(case: Case) -> Case:
    if case.series_uid is not None:
        name = f"{case.name}-{re.sub(r'[^0-9.]', '', case.series_uid)}"
    else:
        name = f"{case.name}{full_suffix(case.path).replace('.', '_')}"
    return Case(name, case.path, case.series_uid, case.files)
