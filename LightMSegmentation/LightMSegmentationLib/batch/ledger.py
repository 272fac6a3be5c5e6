"""The memory of a batch: an SQLite file in the output folder with the state of every case.

It survives being killed at any moment: each change is one transaction, with a rollback journal and full synchronization
(a write-ahead log would not work on network file systems). It holds file names and is therefore identifying.
"""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.outcome import CaseOutcome
from LightMSegmentationLib.errors import ResourceError, UnusableInputError
from LightMSegmentationLib.worker.codec import MalformedError, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typing_extensions import Self

LEDGER_NAME = "lightm-batch.sqlite"

_VERSION = 1


@dataclass(frozen=True)
class CaseKey:
    """What a result depends on: stamp and content hash of the input, hash of the model, and the settings."""

    source_stamp: str
    source_hash: str
    model_hash: str
    settings: str


@dataclass(frozen=True)
class Entry:
    """A case as the ledger knows it; a RUNNING one was being worked on when the run was killed."""

    outcome: CaseOutcome
    key: CaseKey


_OUTCOME_COLUMNS = tuple(field.name for field in fields(CaseOutcome))
_COLUMNS = (*_OUTCOME_COLUMNS, *(field.name for field in fields(CaseKey)))
_QUOTED = ", ".join(f'"{column}"' for column in _COLUMNS)
_CREATE = f"CREATE TABLE IF NOT EXISTS cases ({_QUOTED}, PRIMARY KEY (name))"
_SELECT = f"SELECT {_QUOTED} FROM cases"
_REPLACE = f"INSERT OR REPLACE INTO cases VALUES ({', '.join('?' * len(_COLUMNS))})"


class Ledger:
    """The cases of one output folder; to be used by one process and thread at a time. A context manager.

    Raises
    ------
    UnusableInputError
        When the file is damaged, of another version, or can't be written.
    ResourceError
        When the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._explained():
            self._database = sqlite3.connect(path, isolation_level=None)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def entries(self) -> dict[str, Entry]:
        """Return all cases by name."""
        with self._explained():
            rows = self._database.execute(_SELECT).fetchall()
            return {row[0]: _entry(row) for row in rows}

    def record(self, outcome: CaseOutcome, key: CaseKey) -> None:
        """Store a case's state; the former one is replaced."""
        with self._explained():
            self._database.execute(_REPLACE, [_storable(value) for value in (*astuple(outcome), *astuple(key))])

    def _prepare(self) -> None:
        with self._explained():
            self._database.execute("PRAGMA journal_mode = DELETE")
            self._database.execute("PRAGMA synchronous = FULL")
            self._check_version()
            self._database.execute(_CREATE)

    def _check_version(self) -> None:
        (version,) = self._database.execute("PRAGMA user_version").fetchone()
        if version not in (0, _VERSION):
            cause = f"The ledger {self._path.name} was written by another version of LightMUNet."
            raise UnusableInputError(cause, "Choose another output folder, or update LightMUNet.")
        self._database.execute(f"PRAGMA user_version = {_VERSION}")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, MalformedError) as error:
            if "full" in str(error):
                cause = f"The disk is full: the ledger {self._path.name} could not be written."
                raise ResourceError(cause, "Free some space, then run the batch again.") from error
            cause = f"The ledger {self._path.name} in the output folder can't be used ({error})."
            advice = "Choose another output folder, or remove the file: all cases are then done again."
            raise UnusableInputError(cause, advice) from error


def _storable(value: object) -> object:
    """Return the value as SQLite takes it; undecodable bytes of file names in messages are spelled out."""
    plain = to_json(value)
    return plain.encode("utf-8", "backslashreplace").decode() if isinstance(plain, str) else plain


def _entry(row: tuple[object, ...]) -> Entry:
    named = dict(zip(_COLUMNS, row, strict=True))
    outcome = {name: named[name] for name in _OUTCOME_COLUMNS}
    key = {field.name: named[field.name] for field in fields(CaseKey)}
    return Entry(from_json(CaseOutcome, outcome, "ledger"), from_json(CaseKey, key, "ledger"))
