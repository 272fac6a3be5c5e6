"""DICOM series as cases: every CT series, however patients, studies and series share folders."""

from __future__ import annotations

import os
from collections import defaultdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.case import Case, Discovery, Skipped
from LightMSegmentationLib.batch.case_names import printable, series_name
from LightMSegmentationLib.batch.series_facts import facts_of_series
from LightMSegmentationLib.imaging.dicom import list_series
from LightMSegmentationLib.imaging.dicom_series import series_of

if TYPE_CHECKING:
    from LightMSegmentationLib.batch.folder_search import FolderSearch
    from LightMSegmentationLib.imaging.dicom import SeriesInfo
    from LightMSegmentationLib.imaging.dicom_header import DicomHeader


def dicom_cases(source: Path, title: str, found: FolderSearch) -> Discovery:
    """Return one case for each CT series that can be read, or that is alone in its folder and can't.

    Series of other modalities, and those that can't be read beside one that can (localizers as a rule), are skipped.
    A series that lies in ``source`` itself is called ``title``.
    """
    cases: list[Case] = []
    skipped: list[Skipped] = []
    for root in found.roots:
        for folder, group in _by_folder(root, found).items():
            name = _folder_name(source, folder) or title
            usable = [series for series in group if not series.problem]
            scans = [series for series in group if series.modality in ("", "CT")]
            chosen = {series.uid for series in usable or scans[:1]}
            for series in group:
                own = "/".join(filter(None, (name, series_name(series)))) if len(chosen) > 1 else name
                if series.uid in chosen:
                    cases.append(_case(own, folder, series))
                else:
                    skipped.append(Skipped(f"{own} (series {series_name(series)})", series.problem))
    return Discovery(tuple(cases), tuple(skipped))


def _by_folder(root: Path, found: FolderSearch) -> dict[Path, list[SeriesInfo]]:
    """Return the series below ``root`` by the folder that holds all of their files."""
    folders: dict[Path, list[SeriesInfo]] = defaultdict(list)
    for series in chain.from_iterable(map(_copies, list_series(root))):
        folder = Path(os.path.commonpath([file.parent for file in series.files]))
        if not found.is_closed(folder):
            folders[folder].append(series)
    return folders


def _copies(series: SeriesInfo) -> list[SeriesInfo]:
    """Return a series by folder when the same images lie in several; images that are spread over folders are one."""
    folders: dict[Path, list[DicomHeader]] = defaultdict(list)
    for header in series.headers:
        folders[header.file.parent].append(header)
    images = [{part.instance_uid for header in headers for part in header.slices} for headers in folders.values()]
    if sum(map(len, images)) == len(set().union(*images)):
        return [series]
    return [series_of(headers) for headers in folders.values()]


def _folder_name(source: Path, folder: Path) -> str:
    relative = printable(folder.relative_to(source).as_posix())
    return "" if relative == "." else relative


def _case(name: str, folder: Path, series: SeriesInfo) -> Case:
    problem = f"The series {series.problem}." if series.problem else ""
    return Case(name, folder, series.uid, series.files, facts=facts_of_series(series), problem=problem)
