"""Volume files as cases, without the label maps that lie beside them."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.case import Case, Discovery, Skipped
from LightMSegmentationLib.batch.case_names import printable
from LightMSegmentationLib.batch.file_header import read_file_header
from LightMSegmentationLib.batch.label_map import is_label_map
from LightMSegmentationLib.batch.series_facts import facts_of_file
from LightMSegmentationLib.imaging.atomic import full_suffix

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_HEADER_BYTES = 4096
_DATA_FILE = re.compile(rb"^(?:ElementDataFile\s*=|data ?file:)\s*(\S[^\r\n]*?)\s*$", re.IGNORECASE | re.MULTILINE)
_DETACHED = (".mhd", ".nhdr")


def file_cases(source: Path, files: Iterable[Path]) -> Discovery:
    """Return a case for each of the ``files`` below ``source`` that is not a label map."""
    cases, skipped = [], []
    for path in files:
        name = printable(path.relative_to(source).as_posix())
        header = read_file_header(path)
        if is_label_map(path, header):
            skipped.append(Skipped(name, "is a label map"))
            continue
        own = (path, *_detached_data(path))
        cases.append(Case(name[: -len(full_suffix(path))], path, None, own, facts=facts_of_file(path, header)))
    return Discovery(tuple(cases), tuple(skipped))


def _detached_data(path: Path) -> Iterator[Path]:
    """Yield the file that a detached header names, so that a change of it is noticed."""
    if full_suffix(path) not in _DETACHED:
        return
    try:
        with path.open("rb") as header:
            named = _DATA_FILE.search(header.read(_HEADER_BYTES))
    except OSError:  # the case itself will say that it can't be read
        return
    if named:
        yield path.parent / os.fsdecode(named.group(1))
