"""What reviewers decided about the cases of a batch, and who is looking at which: two more tables of the ledger.

Several processes use them at the same time, each change in one transaction. A lease ends by itself, since a browser or
its computer may go away without a word; it is renewed while the case is open.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.ledger_file import LedgerFile
from LightMSegmentationLib.errors import UnusableInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LEASE_SECONDS = 60.0

_CREATE = (
    "CREATE TABLE IF NOT EXISTS reviews (name, decision, note, segmentation, decided_at, PRIMARY KEY (name))",
    "CREATE TABLE IF NOT EXISTS leases (name, holder, until, PRIMARY KEY (name))",
)


class Decision(str, Enum):
    """What a reviewer says of a case."""

    ACCEPTED = "accepted"
    """The prediction is right as it is."""
    CORRECTED = "corrected"
    """The reviewer's segments are right."""
    REJECTED = "rejected"
    """Neither is; the note says why."""


@dataclass(frozen=True)
class Review:
    """The decision about a case.

    ``segmentation`` is the corrected file relative to the output folder (``/``), None where nothing was corrected;
    ``decided_at`` is the time as ISO 8601.
    """

    name: str
    decision: Decision
    note: str = ""
    segmentation: str | None = None
    decided_at: str = ""


class ReviewLedger(LedgerFile):
    """Decisions and leases in the ledger ``path``. ``now`` gives seconds since 1970."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._now = now
        super().__init__(path)

    def reviews(self) -> dict[str, Review]:
        """Return all decisions by the name of the case."""
        with self._explained():
            rows = self._database.execute(
                "SELECT name, decision, note, segmentation, decided_at FROM reviews"
            ).fetchall()
        return {row[0]: Review(row[0], Decision(row[1]), *row[2:]) for row in rows}

    def holders(self) -> dict[str, str]:
        """Return who holds a case, by its name."""
        with self._explained():
            rows = self._database.execute("SELECT name, holder FROM leases WHERE until > ?", (self._now(),))
            return dict(rows.fetchall())

    def lease(self, name: str, holder: str) -> bool:
        """Give a case to a holder, who gives back any other; return whether that was possible."""
        with self._transaction():
            return self._leased(name, holder)

    def lease_first(self, names: Sequence[str], holder: str) -> str | None:
        """Give the first undecided case of ``names`` that nobody else holds to a holder; None when there is none."""
        with self._transaction():
            decided = {row[0] for row in self._database.execute("SELECT name FROM reviews")}
            return next((name for name in names if name not in decided and self._leased(name, holder)), None)

    def renew(self, name: str, holder: str) -> bool:
        """Make a lease last longer; return False when another has the case by now."""
        return self.lease(name, holder)

    def release(self, holder: str) -> None:
        """Give back what a holder has."""
        with self._transaction():
            self._database.execute("DELETE FROM leases WHERE holder = ?", (holder,))

    def decide(self, review: Review, holder: str) -> None:
        """Store a decision in place of an earlier one, and give the case back.

        Raises
        ------
        UnusableInputError
            When another holds the case.
        """
        with self._transaction():
            if not self._leased(review.name, holder):
                cause = f"{review.name} is open in another browser by now; your decision was not stored."
                raise UnusableInputError(cause, "Your edits are kept. Go on with the next case.")
            row = (review.name, review.decision.value, review.note, review.segmentation, review.decided_at)
            self._database.execute("INSERT OR REPLACE INTO reviews VALUES (?, ?, ?, ?, ?)", row)
            self._database.execute("DELETE FROM leases WHERE name = ?", (review.name,))

    def _prepare(self) -> None:
        with self._transaction():
            for statement in _CREATE:
                self._database.execute(statement)

    def _leased(self, name: str, holder: str) -> bool:
        """Inside a transaction: let ``holder`` have the case, if nobody else has, and no other one."""
        now = self._now()
        taken = self._database.execute(
            "SELECT 1 FROM leases WHERE name = ? AND holder != ? AND until > ?", (name, holder, now)
        ).fetchone()
        if taken:
            return False
        self._database.execute("DELETE FROM leases WHERE holder = ?", (holder,))
        self._database.execute("INSERT OR REPLACE INTO leases VALUES (?, ?, ?)", (name, holder, now + LEASE_SECONDS))
        return True
