"""Scores of cases and their means, as paper and pencil give them."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.measurement.scores import CaseScores, csv_text, means, score

CENTIMETERS = Grid((6, 5, 4), (10.0, 10.0, 10.0), (0.0, 0.0, 0.0))


def liver_with(*tumors: tuple[slice, slice, slice]) -> Volume:
    """Return a liver of 120 mL with tumors in the boxes (k, j, i)."""
    labels = np.ones(CENTIMETERS.shape, np.uint8)
    for tumor in tumors:
        labels[tumor] = 2
    return Volume(labels, CENTIMETERS)


LARGE, LARGER, FALSE = np.s_[0:2, 0:2, 0:2], np.s_[0:2, 0:2, 0:3], np.s_[3:4, 4:5, 5:6]


@pytest.fixture
def cases() -> list[CaseScores]:
    """One tumor drawn half as large again; a tumor missed; one invented in a healthy liver."""
    return [
        score("larger", liver_with(LARGER), liver_with(LARGE)),
        score("missed", liver_with(), liver_with(LARGE)),
        score("invented", liver_with(FALSE), liver_with()),
    ]


def test_a_case_says_how_much_larger_the_prediction_is(cases: list[CaseScores]) -> None:
    plain = cases[0].as_plain()
    assert plain["case"] == "larger"
    assert plain["tumor"]["dice"] == pytest.approx(2 * 8 / (8 + 12))
    assert (plain["tumor"]["volume_error_ml"], plain["tumor"]["volume_error_percent"]) == pytest.approx((4.0, 50.0))
    assert plain["liver"]["volume_error_percent"] == 0.0


def test_an_empty_reference_has_no_error_in_percent(cases: list[CaseScores]) -> None:
    plain = cases[2].as_plain()
    assert plain["tumor"]["volume_error_ml"] == pytest.approx(1.0)
    assert plain["tumor"]["volume_error_percent"] is None


def test_the_means_of_tumors_are_over_the_cases_that_have_them(cases: list[CaseScores]) -> None:
    mean = means(cases)
    assert (mean["cases"], mean["cases_with_tumor"]) == (3, 2)
    assert mean["tumor"]["dice"] == pytest.approx((0.8 + 0.0) / 2)
    assert mean["liver"]["dice"] == 1.0


def test_volume_errors_of_either_sign_do_not_cancel(cases: list[CaseScores]) -> None:
    assert means(cases)["tumor"]["volume_error_percent"] == pytest.approx((50 + 100) / 2)


def test_distances_are_means_over_the_cases_that_have_them(cases: list[CaseScores]) -> None:
    assert cases[1].tumor.hd95_mm is None
    assert means(cases)["tumor"]["hd95_mm"] == cases[0].tumor.hd95_mm


def test_lesions_are_added_up_by_size(cases: list[CaseScores]) -> None:
    mean = means(cases)
    assert mean["lesions"][-1]["reference_lesions"] == 2
    assert mean["lesions"][-1]["found"] == 1
    assert [size["false_positives"] for size in mean["lesions"]] == [0, 1, 0]
    assert mean["false_lesions_a_scan"] == pytest.approx(1 / 3)


def test_no_tumor_anywhere_has_no_mean() -> None:
    assert means([score("healthy", liver_with(), liver_with())])["tumor"]["dice"] is None


def test_the_table_has_a_row_for_each_case_and_one_for_the_means(cases: list[CaseScores]) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(cases))))
    assert [row["case"] for row in rows] == ["larger", "missed", "invented", "mean"]
    assert [row["tumor_dice"] for row in rows] == ["0.8", "0.0", "0.0", "0.4"]
    assert [row["tumor_hd95_mm"] for row in rows][1] == ""
    assert [row["false_positives_10_to_20_mm"] for row in rows] == ["0", "0", "1", "1"]
    assert [row["found_20_and_more_mm"] for row in rows] == ["1", "0", "0", "1"]
