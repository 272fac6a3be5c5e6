"""The ledger remembers, and says so when it can't."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest
from LightMSegmentationLib.batch.ledger import _ADDED, _COLUMNS, NOBODY, CaseKey, Entry, Ledger, Subject
from LightMSegmentationLib.batch.ledger_file import LedgerFile
from LightMSegmentationLib.batch.outcome import CaseOutcome, CaseState
from LightMSegmentationLib.batch.review_ledger import ReviewLedger
from LightMSegmentationLib.errors import UnusableInputError

KEY = CaseKey("stamp", "hash", "model", "mode=fast")
OUTCOME = CaseOutcome("p/ä", CaseState.DONE, 1.5, 1500.0, 20.25, 1.35, 2, "A note.", "p/ä.seg.nrrd", "p/ä.lesions.csv")


def test_what_was_recorded_is_there_after_reopening(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        ledger.record(OUTCOME, KEY)
    with Ledger(tmp_path / "ledger") as ledger:
        assert ledger.entries() == {"p/ä": Entry(OUTCOME, KEY)}


def test_a_case_has_one_row_with_its_latest_state(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        ledger.record(CaseOutcome("p/ä", CaseState.RUNNING), KEY)
        ledger.record(OUTCOME, KEY)
        assert [entry.outcome.state for entry in ledger.entries().values()] == [CaseState.DONE]


def test_messages_with_undecodable_file_names_are_spelled_out(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        ledger.record(CaseOutcome("a", CaseState.FAILED, message="scan\udcff.nii"), KEY)
        assert ledger.entries()["a"].outcome.message == "scan\\udcff.nii"


@pytest.mark.parametrize("kind", [Ledger, ReviewLedger])
def test_a_damaged_ledger_is_named_with_what_to_do(tmp_path: Path, kind: type[LedgerFile]) -> None:
    (tmp_path / "ledger").write_bytes(b"no database, " * 100)
    with pytest.raises(UnusableInputError, match=r"ledger .* can't be used .* remove the file"):
        kind(tmp_path / "ledger")


@pytest.mark.skipif(sys.platform != "linux", reason="open files are listed in /proc on Linux only")
@pytest.mark.parametrize("kind", [Ledger, ReviewLedger])
def test_a_ledger_that_can_not_be_used_is_not_kept_open(tmp_path: Path, kind: type[LedgerFile]) -> None:
    (tmp_path / "ledger").write_bytes(b"no database, " * 100)
    with pytest.raises(UnusableInputError) as refusal:
        kind(tmp_path / "ledger")
    opened = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    assert refusal.traceback  # which would keep a forgotten connection alive
    assert tmp_path / "ledger" not in opened


def test_a_ledger_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "ledger")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(UnusableInputError, match="newer version"):
        Ledger(tmp_path / "ledger")


def test_a_row_with_an_unknown_state_is_a_damaged_ledger(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        ledger.record(OUTCOME, KEY)
    with sqlite3.connect(tmp_path / "ledger") as database:
        database.execute("UPDATE cases SET state = 'lost'")
    with Ledger(tmp_path / "ledger") as ledger, pytest.raises(UnusableInputError, match="can't be used"):
        ledger.entries()


def test_a_ledger_of_the_first_version_keeps_its_cases(tmp_path: Path) -> None:
    columns = [f'"{column}"' for column in _COLUMNS if column not in _ADDED]
    values = ["a", "done", 1.5, 1500.0, 2.0, 0.1, 1, "", "a.seg.nrrd", "a.csv", None, "a.json", "s", "c", "m", "mode"]
    with sqlite3.connect(tmp_path / "ledger") as database:
        database.execute(f"CREATE TABLE cases ({', '.join(columns)}, PRIMARY KEY (name))")
        database.execute(f"INSERT INTO cases VALUES ({', '.join('?' * len(values))})", values)
        database.execute("PRAGMA user_version = 1")
    database.close()
    for _ in range(2):
        with Ledger(tmp_path / "ledger") as ledger:
            entry = ledger.entries()["a"]
            assert (entry.outcome.liver_volume_ml, entry.outcome.number, entry.key.model_hash) == (1500.0, 1, "m")
            assert entry.subject == NOBODY


def test_many_cases_are_stored_together_and_forgotten(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        names = ["a", "b", "c"]
        ledger.record_all(Entry(CaseOutcome(name, CaseState.DUE), subject=Subject("P", "2024-01-01")) for name in names)
        ledger.forget(["b"])
        ledger.record_card("m", "{}")
    with Ledger(tmp_path / "ledger") as ledger:
        assert sorted(ledger.entries()) == ["a", "c"]
        assert ledger.entries()["a"].subject == Subject("P", "2024-01-01")
        assert ledger.cards() == {"m": "{}"}
