"""What cases are called: names that are text, stay inside the output folder, and differ."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.atomic import full_suffix

if TYPE_CHECKING:
    from LightMSegmentationLib.batch.case import Case
    from LightMSegmentationLib.imaging.dicom import SeriesInfo

_NO_TEXT = re.compile("[\udc80-\udcff]")


def printable(name: str) -> str:
    """Replace the bytes of a file name that are no text, keeping names distinct."""
    return _NO_TEXT.sub(lambda found: f"_x{ord(found[0]) - 0xDC00:02x}", name)


def series_name(series: SeriesInfo) -> str:
    """Return a file name that tells series apart: what is left of the description, and the end of the UID."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", series.description).strip("-").lower()[:40]
    return f"{words or 'series'}-{re.sub(r'[^0-9]', '', series.uid)[-8:]}"


def with_distinct_names(cases: list[Case]) -> list[Case]:
    """Return the cases with names that differ, also where upper and lower case are the same."""
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.name.casefold()].append(case)
    return [case if len(group) == 1 else _named_in_full(case) for group in groups.values() for case in group]


def _named_in_full(case: Case) -> Case:
    """Add what tells a case from one of the same name: its series, its file's ending, or its archive's."""
    if case.series_uid is not None:
        name = f"{case.name}-{re.sub(r'[^0-9.]', '', case.series_uid)}"
    else:
        name = f"{case.name}{full_suffix(case.path).replace('.', '_')}"
    return replace(case, name=f"{name}_zip" if case.archive else name)
