"""The SQLite file of a ledger: opening and closing, transactions, and what goes wrong with it as sentences."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING

from LightMSegmentationLib.codec import MalformedError
from LightMSegmentationLib.errors import ResourceError, UnusableInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typing_extensions import Self


#: How long to wait for another process that is writing: reviewers, and a batch that goes on meanwhile.
_SECONDS_TO_WAIT = 20.0


class LedgerFile(ABC):
    """The file with what its tables are for; a context manager, used by one thread at a time.

    Other processes may have the same file open.

    Raises
    ------
    UnusableInputError
        When the file is damaged or can't be written; so do its methods.
    ResourceError
        When the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._explained():
            self._database = sqlite3.connect(path, timeout=_SECONDS_TO_WAIT, isolation_level=None)
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

    @abstractmethod
    def _prepare(self) -> None:
        """Make the tables that are missing."""

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Make all changes inside, or none; nobody else writes meanwhile."""
        with self._explained():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn SQLite's errors into sentences."""
        try:
            yield
        except (sqlite3.DatabaseError, MalformedError) as error:
            if "full" in str(error):
                cause = f"The disk is full: the ledger {self._path.name} could not be written."
                raise ResourceError(cause, "Free some space, then run the batch again.") from error
            if "I/O" in str(error):  # also how SQLite calls a limit on the size of files, and quotas
                cause = f"The ledger {self._path.name} could not be read or written ({error})."
                raise ResourceError(cause, "Check the disk and its free space, then run the batch again.") from error
            cause = f"The ledger {self._path.name} in the output folder can't be used ({error})."
            advice = "Choose another output folder, or remove the file: all cases are then done again."
            raise UnusableInputError(cause, advice) from error
