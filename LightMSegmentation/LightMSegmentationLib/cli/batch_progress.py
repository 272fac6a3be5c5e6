"""How far a batch is: the running case, the whole, and the time that remains."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from LightMSegmentationLib.progress_estimate import STAGE_SHARES, Estimate, ProgressEstimate

if TYPE_CHECKING:
    from collections.abc import Callable

    from LightMSegmentationLib.progress import Stage


@dataclass(frozen=True)
class BatchEstimate:
    """The state of the running case (None between cases), and of the whole batch: fraction and seconds left."""

    case: Estimate | None
    fraction: float
    seconds_left: float | None


class BatchProgress:
    """Estimates from the cases that ended in this run, and from the running one.

    Parameters
    ----------
    mode
        ``fast`` or ``full``.
    due
        Number of cases to do.
    clock
        Monotonic seconds.
    """

    def __init__(self, mode: str, due: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._shares = STAGE_SHARES[mode]
        self._due = due
        self._clock = clock
        self._started = clock()
        self._ended = 0
        self._running: ProgressEstimate | None = None
        self._case: Estimate | None = None

    def begin_case(self) -> None:
        """Take in that a case begins."""
        self._running, self._case = ProgressEstimate(self._shares, self._clock), None

    def report(self, stage: Stage, done: int, total: int) -> BatchEstimate:
        """Take in progress of the running case."""
        if self._running is not None:
            self._case = self._running.update(stage, done, total)
        return self.state()

    def end_case(self) -> BatchEstimate:
        """Take in that a case ended."""
        self._ended += 1
        self._running = self._case = None
        return self.state()

    def state(self) -> BatchEstimate:
        """Return where the batch stands."""
        within = self._case.fraction if self._case else 0.0
        fraction = min(1.0, (self._ended + within) / self._due) if self._due else 1.0
        return BatchEstimate(self._case, fraction, self._seconds_left(fraction))

    def _seconds_left(self, fraction: float) -> float | None:
        """Return the time that remains at the pace so far, None while no case ended and nobody can know."""
        if fraction >= 1.0:
            return 0.0
        waiting = self._due - self._ended - 1
        if self._ended == 0:
            left = self._case.seconds_left if self._case else None
            return None if left is None else left + waiting * (self._clock() - self._started + left)
        return (self._clock() - self._started) * (1.0 - fraction) / fraction
