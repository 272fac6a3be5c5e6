"""The cases of the page as CSV."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.atomic import atomic_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from LightMSegmentationLib.report.cases import ReportCase

_COLUMNS = (
    "case", "patient", "day", "date", "state", "liver_volume_ml", "tumor_volume_ml", "tumor_burden_percent",
    "lesion_count", "largest_diameter_mm", "seconds", "message",
)  # fmt: skip


def write_case_table(cases: Iterable[ReportCase], path: Path) -> None:
    """Write one row for each case (mL, percent, mm, seconds, days since the patient's first scan)."""
    with (
        atomic_path(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="replace", newline="") as file,
    ):
        table = csv.writer(file)
        table.writerow(_COLUMNS)
        for case in cases:
            found = case.outcome
            table.writerow(
                (
                    case.title.removeprefix("Case "), case.when.patient, case.when.day, case.when.date, case.state,
                    found.liver_volume_ml, found.tumor_volume_ml, found.tumor_burden_percent, found.lesion_count,
                    case.largest_mm, round(found.seconds, 3), case.message,
                )
            )  # fmt: skip
