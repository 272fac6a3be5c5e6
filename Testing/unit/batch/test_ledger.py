"""The ledger remembers, and says so when it can't."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.batch.ledger import CaseKey, Entry, Ledger
from LightMSegmentationLib.batch.outcome import CaseOutcome, CaseState
from LightMSegmentationLib.errors import UnusableInputError

if TYPE_CHECKING:
    from pathlib import Path

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


def test_a_damaged_ledger_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_bytes(b"no database, " * 100)
    with pytest.raises(UnusableInputError, match=r"ledger .* can't be used .* remove the file"):
        Ledger(tmp_path / "ledger")


def test_a_ledger_of_another_version_is_refused(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "ledger")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(UnusableInputError, match="another version"):
        Ledger(tmp_path / "ledger")


def test_a_row_with_an_unknown_state_is_a_damaged_ledger(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        ledger.record(OUTCOME, KEY)
    with sqlite3.connect(tmp_path / "ledger") as database:
        database.execute("UPDATE cases SET state = 'lost'")
    with Ledger(tmp_path / "ledger") as ledger, pytest.raises(UnusableInputError, match="can't be used"):
        ledger.entries()
