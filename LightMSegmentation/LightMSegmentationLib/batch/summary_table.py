"""All cases of a batch in one CSV file."""

from __future__ import annotations

import csv
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.outcome import CaseOutcome
from LightMSegmentationLib.imaging.atomic import atomic_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SUMMARY_NAME = "lightm-batch.csv"

_COLUMNS = ("number", *(field.name for field in fields(CaseOutcome) if field.name not in ("number", "public_message")))


def write_summary_table(outcomes: Iterable[CaseOutcome], path: Path) -> None:
    """Write one row for each case, with the fields of `CaseOutcome` as columns (seconds, mL, percent)."""
    with (
        atomic_path(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="replace", newline="") as file,
    ):
        table = csv.DictWriter(file, _COLUMNS, extrasaction="ignore")
        table.writeheader()
        for outcome in outcomes:
            table.writerow(asdict(outcome) | {"state": outcome.state.value})
