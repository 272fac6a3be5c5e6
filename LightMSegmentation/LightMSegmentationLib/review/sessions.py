"""The sessions of all browsers: one process each, started when first asked for, ended when left alone."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import ResourceError
from LightMSegmentationLib.review.session_process import SessionProcess

if TYPE_CHECKING:
    from LightMSegmentationLib.review.session_settings import SessionSettings

MOST_SESSIONS = 8
"""Each takes about a gigabyte with a scan open."""

_SECONDS_ALONE = 15 * 60.0
_SECONDS_BETWEEN_LOOKS = 30.0


class Sessions:
    """Keeps the processes by reviewer; ``settings`` are those of every session but for its reviewer."""

    def __init__(self, settings: SessionSettings) -> None:
        self._settings = settings
        self._processes: dict[str, SessionProcess] = {}
        self._left_at: dict[str, float] = {}

    def of(self, reviewer: str) -> SessionProcess:
        """Return the session of a reviewer, a new one where there is none or the last one has ended.

        Raises
        ------
        ResourceError
            When there are too many.
        """
        process = self._processes.get(reviewer)
        if process is not None and not process.has_ended:
            return process
        others = [one for name, one in self._processes.items() if name != reviewer and not one.has_ended]
        if len(others) >= MOST_SESSIONS:
            cause = f"{len(others)} browsers are reviewing already."
            raise ResourceError(cause, "Close one of them, then load this page again after a quarter of an hour.")
        self._processes[reviewer] = SessionProcess(replace(self._settings, reviewer=reviewer))
        return self._processes[reviewer]

    async def end_what_is_left_alone(self) -> None:
        """End sessions that no page has been open of for a quarter of an hour; runs until it is cancelled."""
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
            now = time.monotonic()
            for reviewer, process in list(self._processes.items()):
                left_at = self._left_at.setdefault(reviewer, now)
                if process.connections or not (process.is_ready or process.has_ended):
                    del self._left_at[reviewer]
                elif process.has_ended or now - left_at > _SECONDS_ALONE:
                    await self._processes.pop(reviewer).close()
                    del self._left_at[reviewer]

    async def close(self) -> None:
        """End all of them."""
        await asyncio.gather(*(process.close() for process in self._processes.values()))
        self._processes.clear()
