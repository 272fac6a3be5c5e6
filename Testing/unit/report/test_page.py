"""The page tells everything about a batch, names nobody unless asked to, and loads nothing."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.cli.main import main
from LightMSegmentationLib.report import write
from LightMSegmentationLib.report.card import shown_card
from LightMSegmentationLib.report.picture import embedded_picture, picture_width
from LightMSegmentationLib.report.write import write_batch_report

from Testing.unit.report.conftest import HOSTILE, SECRETS, Results

if TYPE_CHECKING:
    from pathlib import Path


def rows(results: Results) -> list[dict[str, str]]:
    return list(csv.DictReader(results.table.splitlines()))


def test_a_batch_writes_its_page_when_it_ends(results: Results) -> None:
    assert "Report of a batch" in results.page


def test_numbers_and_days_stand_for_names_and_dates(results: Results) -> None:
    write_batch_report(results.target, keep_identifiers=False)
    for secret in SECRETS:
        assert secret not in results.page
        assert secret not in results.table
    assert [(row["case"], row["patient"], row["day"], row["date"], row["state"]) for row in rows(results)] == [
        ("1", "Patient 1", "0", "", "done"),
        ("2", "Patient 1", "92", "", "done"),
        ("3", "Patient 1", "296", "", "done"),
        ("4", "Patient 2", "", "", "done"),
        ("5", "", "", "", "failed"),
        ("6", "", "", "", "no-liver"),
    ]


def test_names_and_dates_are_there_on_request(results: Results) -> None:
    assert main(["report", str(results.target), "--keep-identifiers"]) == 0
    assert all(text in results.page for text in ("MRN-4711", "2023-01-10", "Meier 0", "names and dates included"))
    assert [row["date"] for row in rows(results)[:4]] == ["2023-01-10", "2023-04-12", "2023-11-02", ""]
    assert main(["report", str(results.target)]) == 0
    assert "MRN-4711" not in results.page


def test_the_page_loads_nothing_and_runs_its_own_script_only(results: Results) -> None:
    write_batch_report(results.target, keep_identifiers=False)
    targets = re.findall(r"""(?:src|href|action|data|url)\s*[=(]\s*["']?([^"'\s>)]+)""", results.page)
    assert {target.partition(":")[0] if target.startswith("data:") else target[0] for target in targets} <= {
        "data",
        "#",
    }
    assert "default-src 'none'" in results.page
    assert results.page.count("<script") == 1
    assert HOSTILE not in results.page
    assert "&lt;script&gt;alert(1)" in results.page


def test_lesions_failures_versions_and_volumes_are_on_the_page(results: Results) -> None:
    write_batch_report(results.target, keep_identifiers=False)
    assert results.page.count('<table class="lesions">') == 4
    assert "[file] is not a NIfTI file" in results.page
    assert re.search(r"<dt>numpy</dt><dd>\d", results.page)
    assert results.page.count("data:image/webp;base64,") == 4
    assert len(re.findall(r'<svg[^>]* class="chart"', results.page)) == 1
    assert 'aria-label="Case 2, day 92: liver 173 mL, tumor 3.2 mL"' in results.page
    identifiers = re.findall(r'\bid="([^"]+)"', results.page)
    assert len(identifiers) == len(set(identifiers))


def test_a_folder_without_batch_ends_with_3(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path)]) == 3
    assert "holds no batch" in capfd.readouterr().err


def test_missing_packages_are_named(
    results: Results, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(write, "_PACKAGES", ("not_installed_anywhere",))
    assert main(["report", str(results.target)]) == 4
    assert "not_installed_anywhere" in capfd.readouterr().err


def test_a_page_without_the_reports_of_its_cases_is_still_a_page(results: Results) -> None:
    hidden = [path.rename(path.with_suffix(".hidden")) for path in results.target.rglob("*.report.json")]
    try:
        write_batch_report(results.target, keep_identifiers=False)
        assert results.page.count('class="state done"') == 4
    finally:
        for path in hidden:
            path.rename(path.with_suffix(".json"))


@pytest.mark.parametrize(("count", "width"), [(1, 960), (400, 960), (401, 640), (3000, 400), (3001, 0)])
def test_many_pictures_are_smaller_ones(count: int, width: int) -> None:
    assert picture_width(count) == width


def test_a_picture_that_is_damaged_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    assert embedded_picture(tmp_path / "a.png", 100) == ""
    assert embedded_picture(tmp_path / "missing.png", 100) == ""


def test_a_card_is_told_for_people() -> None:
    card = shown_card(
        '{"name": "liver", "version": "1.0", "license": "CC0", "stages": {"coarse": {"sha256": "0"}},'
        ' "about": {"limits": ["Small ones."], "accuracy": {"full": {"liver_dice": 0.95, "cases": [{"case": "a"}]}}}}',
        "hash",
        3,
    )
    assert (card.title, card.cases) == ("Model liver 1.0", 3)
    assert card.facts == (
        ("License", ("CC0",)),
        ("Limits", ("Small ones.",)),
        ("Accuracy", ("Full, liver dice: 0.95", "Full, cases: 1 listed")),
    )


@pytest.mark.parametrize("text", ["", "no card", "[]", '{"about": 3}'])
def test_a_card_that_is_none_is_an_unknown_model(text: str) -> None:
    assert shown_card(text, "hash", 1).title == "Unknown model"
