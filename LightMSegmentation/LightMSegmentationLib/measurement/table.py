"""The table of lesions, or of volumes where a model tells no lesions, as a file."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import fields
from types import MappingProxyType
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.imaging.atomic import atomic_path
from LightMSegmentationLib.measurement.findings import Findings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COLUMNS = (
    "structure",
    "number",
    "volume_ml",
    "percent_of_liver",
    "largest_axial_diameter_mm",
    "center_r_mm",
    "center_a_mm",
    "center_s_mm",
    "confidence",
    "remark",
)
"""Volumes in mL, lengths and RAS coordinates in mm; the confidence from 0 to 1, remarked upon where it is low."""
LOW_CONFIDENCE_REMARK = "low confidence"

Row = tuple[str | int | float, ...]
_NOWHERE = ("",) * 6
"""No diameter, no center, no confidence, no remark."""


def write_table(
    findings: Findings | None, path: Path, other_volumes_ml: Mapping[str, float] = MappingProxyType({})
) -> None:
    """Write the findings as ``.csv`` or ``.json``, whole or not at all; None when no liver was found.

    The CSV has one row for the liver (tumors included), one for all tumors, and one for each lesion, largest first;
    nothing of them when no liver was found. The JSON object is `Findings.as_plain`, null instead of numbers when no
    liver was found. ``other_volumes_ml``, of structures by name, follow: a row each, or an entry of that name.

    Raises
    ------
    UsageError
        When the name of ``path`` has another ending.
    UnusableInputError, ResourceError
        When the file can't be written.
    """
    forms = {".csv": csv_text, ".json": json_text}
    form = forms.get(path.suffix.lower())
    if form is None:
        cause = f"'{path.name}' names no kind of table."
        raise UsageError(cause, "Use a name that ends in .csv or .json.")
    with atomic_path(path) as temporary:
        temporary.write_text(form(findings, other_volumes_ml), encoding="utf-8", newline="")


def csv_text(findings: Findings | None, other_volumes_ml: Mapping[str, float] = MappingProxyType({})) -> str:
    """Return the table as comma-separated values with lines that end in CR LF (RFC 4180)."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([] if findings is None else rows(findings))
    writer.writerows((name, "", round(volume, 3), *_NOWHERE, "") for name, volume in other_volumes_ml.items())
    return text.getvalue()


def rows(findings: Findings) -> list[Row]:
    """Return the rows of the table below `COLUMNS`, rounded to 0.001 mL and 0.01 mm; empty where nothing applies."""
    table: list[Row] = [
        ("liver", "", round(findings.liver_volume_ml, 3), 100.0, *_NOWHERE),
        ("tumor", "", round(findings.tumor_volume_ml, 3), round(findings.tumor_burden_percent, 3), *_NOWHERE),
    ]
    for lesion in findings.lesions:
        share = round(100.0 * lesion.volume_ml / findings.liver_volume_ml, 3)
        lengths = (lesion.largest_axial_diameter_mm, *lesion.center_ras)
        sure = "" if lesion.confidence is None else round(lesion.confidence, 3)
        remark = LOW_CONFIDENCE_REMARK if lesion.low_confidence else ""
        volume = round(lesion.volume_ml, 3)
        table.append(("lesion", lesion.number, volume, share, *(round(mm, 2) for mm in lengths), sure, remark))
    return table


def json_text(findings: Findings | None, other_volumes_ml: Mapping[str, float] = MappingProxyType({})) -> str:
    """Return the findings as a JSON object with unrounded numbers."""
    names = [field.name for field in fields(Findings)]
    values = {**dict.fromkeys(names), "lesions": []} if findings is None else findings.as_plain()
    if other_volumes_ml:
        values["other_volumes_ml"] = dict(other_volumes_ml)
    return json.dumps(values, indent=2, allow_nan=False) + "\n"
