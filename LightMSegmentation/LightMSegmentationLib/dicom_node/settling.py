"""Which study is due: one for which nothing has arrived for a while."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class SettlingStudies:
    """Studies that wait until their time; safe between threads.

    Parameters
    ----------
    settle_seconds
        How long after the last arrival a study counts as complete: DICOM has no message for it.
    clock
        Seconds from any start, never going back.
    """

    def __init__(self, settle_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._settle_seconds = settle_seconds
        self._clock = clock
        self._due_at: dict[str, float] = {}
        self._changed = threading.Condition()

    def arrived(self, study: str) -> None:
        """Start the study's waiting anew."""
        self.wait(study, self._settle_seconds)

    def wait(self, study: str, seconds: float) -> None:
        """Make the study due in so many seconds, whenever it was due before."""
        with self._changed:
            self._due_at[study] = self._clock() + seconds
            self._changed.notify()

    def postpone(self, study: str, seconds: float) -> None:
        """Make the study due in so many seconds, unless something arrived for it, which says when it is due."""
        with self._changed:
            self._due_at.setdefault(study, self._clock() + seconds)
            self._changed.notify()

    def take(self, timeout: float | None = None) -> str | None:
        """Wait until a study is due, take it off and return it; None after ``timeout`` seconds without one."""
        give_up_at = None if timeout is None else self._clock() + timeout
        with self._changed:
            while True:
                now = self._clock()
                study = min(self._due_at, key=self._due_at.__getitem__, default=None)
                if study is not None and self._due_at[study] <= now:
                    del self._due_at[study]
                    return study
                if give_up_at is not None and now >= give_up_at:
                    return None
                waits = [at - now for at in (give_up_at, self._due_at.get(study or "")) if at is not None]
                self._changed.wait(min(waits, default=None))
