"""The SQLite file of a ledger: transactions, and what goes wrong with it as sentences."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from LightMSegmentationLib.codec import MalformedError
from LightMSegmentationLib.errors import ResourceError, UnusableInputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class LedgerFile:
    """A connection to be used by one thread at a time; other processes may have their own.

    Raises
    ------
    UnusableInputError
        When the file is damaged or can't be written; so do its methods.
    ResourceError
        When the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self.explained():
            self.database = sqlite3.connect(path, isolation_level=None)

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all changes inside, or none; nobody else writes meanwhile."""
        with self.explained():
            self.database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.database.execute("ROLLBACK")
                raise
            self.database.execute("COMMIT")

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn SQLite's errors into sentences."""
        try:
            yield
        except (sqlite3.DatabaseError, MalformedError) as error:
            if "full" in str(error):
                cause = f"The disk is full: the ledger {self.path.name} could not be written."
                raise ResourceError(cause, "Free some space, then run the batch again.") from error
            if "I/O" in str(error):  # also how SQLite calls a limit on the size of files, and quotas
                cause = f"The ledger {self.path.name} could not be read or written ({error})."
                raise ResourceError(cause, "Check the disk and its free space, then run the batch again.") from error
            cause = f"The ledger {self.path.name} in the output folder can't be used ({error})."
            advice = "Choose another output folder, or remove the file: all cases are then done again."
            raise UnusableInputError(cause, advice) from error
