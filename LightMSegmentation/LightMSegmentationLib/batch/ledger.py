"""The memory of a batch: an SQLite file in the output folder with the state of every case, and the models' cards.

It survives being killed at any moment: each change is one transaction, with a rollback journal and full synchronization
(a write-ahead log would not work on network file systems). It holds names of files, patient IDs and dates: identifying.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.batch.ledger_file import LedgerFile
from LightMSegmentationLib.batch.outcome import CaseOutcome
from LightMSegmentationLib.codec import from_json, to_json
from LightMSegmentationLib.errors import UnusableInputError

if TYPE_CHECKING:
    from collections.abc import Iterable

LEDGER_NAME = "lightm-batch.sqlite"

_VERSION = 3


@dataclass(frozen=True)
class CaseKey:
    """What a result depends on: stamp and content hash of the input, hash of the model, and the settings."""

    source_stamp: str
    source_hash: str
    model_hash: str
    settings: str


#: The key of a case that was found and not worked on yet.
NO_KEY = CaseKey("", "", "", "")


@dataclass(frozen=True)
class Subject:
    """Whose scan of which day (YYYY-MM-DD) a case is, where its headers tell; for following a patient over time."""

    patient: str = ""
    scan_date: str = ""


NOBODY = Subject()


@dataclass(frozen=True)
class Entry:
    """A case as the ledger knows it; a RUNNING one was being worked on when the run was killed."""

    outcome: CaseOutcome
    key: CaseKey = NO_KEY
    subject: Subject = NOBODY


_PARTS = {"outcome": CaseOutcome, "key": CaseKey, "subject": Subject}
_COLUMNS = tuple(field.name for part in _PARTS.values() for field in fields(part))
_QUOTED = ", ".join(f'"{column}"' for column in _COLUMNS)
_CREATE = f"CREATE TABLE IF NOT EXISTS cases ({_QUOTED}, PRIMARY KEY (name))"
_CREATE_CARDS = "CREATE TABLE IF NOT EXISTS cards (model_hash, card, PRIMARY KEY (model_hash))"
_CREATE_FACTS = "CREATE TABLE IF NOT EXISTS facts (name, value, PRIMARY KEY (name))"
_SELECT = f"SELECT {_QUOTED} FROM cases"
_REPLACE = f"INSERT OR REPLACE INTO cases ({_QUOTED}) VALUES ({', '.join('?' * len(_COLUMNS))})"
#: Columns that version 1 lacked, with what its cases get.
_ADDED = {"number": "0", "public_message": "''", "dicom_report": "NULL", "patient": "''", "scan_date": "''"}

_NUMBER = "UPDATE cases SET number = (SELECT count(*) FROM cases AS other WHERE other.name <= cases.name)"


class Ledger(LedgerFile):
    """The cases of one output folder; to be used by one process at a time. A file of a newer version is refused."""

    def entries(self) -> dict[str, Entry]:
        """Return all cases by name."""
        with self._explained():
            rows = self._database.execute(_SELECT).fetchall()
            return {row[0]: _entry(row) for row in rows}

    def record(self, outcome: CaseOutcome, key: CaseKey, subject: Subject = Subject()) -> None:
        """Store a case's state; the former one is replaced."""
        self.record_all([Entry(outcome, key, subject)])

    def record_all(self, entries: Iterable[Entry]) -> None:
        """Store the states of cases, all or none of them."""
        rows = [[_storable(value) for part in _PARTS for value in astuple(getattr(entry, part))] for entry in entries]
        with self._transaction():
            self._database.executemany(_REPLACE, rows)

    def forget(self, names: Iterable[str]) -> None:
        """Remove cases."""
        with self._transaction():
            self._database.executemany("DELETE FROM cases WHERE name = ?", [(_storable(name),) for name in names])

    def cards(self) -> dict[str, str]:
        """Return the model cards (JSON) of all runs by the hash of the model."""
        with self._explained():
            return dict(self._database.execute("SELECT model_hash, card FROM cards").fetchall())

    def record_card(self, model_hash: str, card: str) -> None:
        """Store the card of a model that cases are done with."""
        with self._transaction():
            self._database.execute("INSERT OR REPLACE INTO cards VALUES (?, ?)", (model_hash, card))

    def source(self) -> Path | None:
        """Return the input folder of the last run, None where a run before version 3 did not tell."""
        with self._explained():
            row = self._database.execute("SELECT value FROM facts WHERE name = 'source'").fetchone()
            return None if row is None else Path(row[0])

    def record_source(self, source: Path) -> None:
        """Store the input folder, so that a review finds the scans."""
        with self._transaction():
            self._database.execute("INSERT OR REPLACE INTO facts VALUES ('source', ?)", (_storable(str(source)),))

    def _prepare(self) -> None:
        with self._explained():
            self._database.execute("PRAGMA journal_mode = DELETE")
            self._database.execute("PRAGMA synchronous = FULL")
            (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version not in range(_VERSION + 1):
            cause = f"The ledger {self._path.name} was written by a newer version of LightMUNet."
            raise UnusableInputError(cause, "Choose another output folder, or update LightMUNet.")
        if version != _VERSION:
            with self._transaction():
                self._database.execute(_CREATE)
                self._database.execute(_CREATE_CARDS)
                self._database.execute(_CREATE_FACTS)
                if version < 2:
                    self._add_columns()
                self._database.execute(f"PRAGMA user_version = {_VERSION}")

    def _add_columns(self) -> None:
        """Bring the table of version 1 up to date."""
        present = {row[1] for row in self._database.execute("PRAGMA table_info(cases)")}
        for column, value in _ADDED.items():
            if column not in present:
                self._database.execute(f'ALTER TABLE cases ADD COLUMN "{column}" DEFAULT {value}')
        self._database.execute(_NUMBER)


def _storable(value: object) -> object:
    """Return the value as SQLite takes it; undecodable bytes of file names in messages are spelled out."""
    plain = to_json(value)
    return plain.encode("utf-8", "backslashreplace").decode() if isinstance(plain, str) else plain


def _entry(row: tuple[object, ...]) -> Entry:
    named = dict(zip(_COLUMNS, row, strict=True))
    parts: dict[str, Any] = {
        part: from_json(kind, {field.name: named[field.name] for field in fields(kind)}, "ledger")
        for part, kind in _PARTS.items()
    }
    return Entry(**parts)
