"""Finding the cases in a folder, a DICOMDIR or a zip archive, and what looks like a scan but is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from LightMSegmentationLib.batch.archive import unpacked
from LightMSegmentationLib.batch.case import Case, Discovery, Skipped
from LightMSegmentationLib.batch.case_names import printable, with_distinct_names
from LightMSegmentationLib.batch.dicom_cases import dicom_cases
from LightMSegmentationLib.batch.file_cases import file_cases
from LightMSegmentationLib.batch.folder_search import FolderSearch, is_archive, search_folder
from LightMSegmentationLib.errors import LightMError, UnusableInputError

_DICOMDIR = "DICOMDIR"


def discover(source: Path, target: Path) -> Discovery:
    """Return the cases of ``source``; the output folder ``target`` and hidden files are left out.

    Parameters
    ----------
    source
        A folder, searched with all below it; a DICOMDIR, which stands for its folder; or a zip archive. Links to
        folders are followed, and each folder is searched once.
    target
        Where results go.

    Raises
    ------
    UnusableInputError
        When ``source`` is none of these.
    """
    if is_archive(source) and source.is_file():
        return _ordered(_in_archive(source, source.stem))
    folder = source.parent if source.name.upper() == _DICOMDIR and source.is_file() else source
    if not folder.is_dir():
        cause = f"The input folder {source} does not exist."
        raise UnusableInputError(cause, "Choose a folder with CT scans, a DICOMDIR or a zip archive.")
    found = search_folder(folder, target.resolve())
    own = _in_folder(folder, folder.resolve().name or "scan", found)
    return _ordered(own, *(_in_archive(archive, _name_of(archive, folder)) for archive in found.archives))


def _in_folder(folder: Path, title: str, found: FolderSearch) -> Discovery:
    """Return what a searched folder holds; a series that lies in ``folder`` itself is called ``title``."""
    files, series = file_cases(folder, found.files), dicom_cases(folder, title, found)
    return Discovery((*files.cases, *series.cases), (*found.skipped, *files.skipped, *series.skipped))


def _in_archive(archive: Path, name: str) -> Discovery:
    """Return what an archive holds; one that may not be unpacked is a case, so that its failure is seen."""
    try:
        with unpacked(archive) as folder:
            found = search_folder(folder, target=archive)
            inner = _in_folder(folder, "", found)
    except LightMError as error:
        return Discovery((Case(name, Path(), None, (archive,), archive, problem=str(error)),), ())
    cases = tuple(_of_archive(case, name, archive, folder) for case in inner.cases)
    skipped = [Skipped(_joined(name, part.name), part.reason) for part in inner.skipped]
    skipped += [Skipped(f"{name}/{nested.name}", "is an archive in an archive") for nested in found.archives]
    if not cases and not skipped:
        skipped.append(Skipped(name, "holds no CT"))
    return Discovery(cases, tuple(skipped))


def _of_archive(case: Case, name: str, archive: Path, folder: Path) -> Case:
    """Return a case found in the unpacked ``folder`` as one that outlives it."""
    study = f"{archive.as_posix()}:{case.facts.study}".replace(folder.as_posix(), "")
    return replace(
        case,
        name=_joined(name, case.name),
        path=case.path.relative_to(folder),
        files=(archive,),
        archive=archive,
        facts=replace(case.facts, study=study),
    )


def _name_of(archive: Path, folder: Path) -> str:
    return printable(archive.relative_to(folder).with_suffix("").as_posix())


def _joined(name: str, inner: str) -> str:
    return f"{name}/{inner}" if inner else name


def _ordered(*parts: Discovery) -> Discovery:
    cases = with_distinct_names([case for part in parts for case in part.cases])
    skipped = [skipped for part in parts for skipped in part.skipped]
    return Discovery(
        tuple(sorted(cases, key=lambda case: case.name)), tuple(sorted(skipped, key=lambda part: part.name))
    )
