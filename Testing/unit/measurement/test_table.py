"""The lesion table as CSV and JSON, to the letter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.errors import UnusableInputError, UsageError
from LightMSegmentationLib.measurement.findings import Findings, Lesion
from LightMSegmentationLib.measurement.table import write_table

if TYPE_CHECKING:
    from pathlib import Path

HEADER = (
    "structure,number,volume_ml,percent_of_liver,largest_axial_diameter_mm,center_r_mm,center_a_mm,center_s_mm,"
    "confidence,remark\r\n"
)
TWO_LESIONS = Findings(
    1500.0, 30.0, 2.0, (Lesion(1, 24.0, 41.2566, (-50.125, 12.0, 3.5)), Lesion(2, 6.0, 9.0, (1.0, 2.0, 3.0), 0.43219))
)


def test_the_csv_has_a_row_for_the_liver_one_for_all_tumors_and_one_for_each_lesion(tmp_path: Path) -> None:
    write_table(TWO_LESIONS, tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_bytes().decode() == (
        HEADER
        + "liver,,1500.0,100.0,,,,,,\r\n"
        + "tumor,,30.0,2.0,,,,,,\r\n"
        + "lesion,1,24.0,1.6,41.26,-50.12,12.0,3.5,,\r\n"
        + "lesion,2,6.0,0.4,9.0,1.0,2.0,3.0,0.432,low confidence\r\n"
    )


def test_without_a_liver_the_csv_is_the_header_alone(tmp_path: Path) -> None:
    write_table(None, tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_bytes().decode() == HEADER


def test_structures_that_have_no_lesions_get_a_row_each(tmp_path: Path) -> None:
    write_table(None, tmp_path / "table.csv", {"spleen": 210.12345})
    assert (tmp_path / "table.csv").read_bytes().decode() == HEADER + "spleen,,210.123,,,,,,,\r\n"
    write_table(None, tmp_path / "table.json", {"spleen": 210.5})
    assert json.loads((tmp_path / "table.json").read_text(encoding="utf-8"))["other_volumes_ml"] == {"spleen": 210.5}


def test_the_json_holds_the_unrounded_findings(tmp_path: Path) -> None:
    write_table(TWO_LESIONS, tmp_path / "table.json")
    assert json.loads((tmp_path / "table.json").read_text(encoding="utf-8")) == {
        "liver_volume_ml": 1500.0,
        "tumor_volume_ml": 30.0,
        "tumor_burden_percent": 2.0,
        "lesions": [
            {
                "number": 1,
                "volume_ml": 24.0,
                "largest_axial_diameter_mm": 41.2566,
                "center_ras": [-50.125, 12.0, 3.5],
                "confidence": None,
                "low_confidence": False,
            },
            {
                "number": 2,
                "volume_ml": 6.0,
                "largest_axial_diameter_mm": 9.0,
                "center_ras": [1.0, 2.0, 3.0],
                "confidence": 0.43219,
                "low_confidence": True,
            },
        ],
    }


def test_without_a_liver_the_json_has_the_same_fields_without_numbers(tmp_path: Path) -> None:
    write_table(None, tmp_path / "table.json")
    assert json.loads((tmp_path / "table.json").read_text(encoding="utf-8")) == {
        "liver_volume_ml": None,
        "tumor_volume_ml": None,
        "tumor_burden_percent": None,
        "lesions": [],
    }


def test_another_ending_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'table\.xlsx' names no kind of table"):
        write_table(TWO_LESIONS, tmp_path / "table.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_cannot_be_written_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken.csv").mkdir()
    with pytest.raises(UnusableInputError, match=r"taken\.csv"):
        write_table(TWO_LESIONS, tmp_path / "taken.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["taken.csv"]
