"""Seconds by stage, and progress under the stage's name."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from LightMSegmentationLib.progress import Monitor, Stage


class Stopwatch:
    """Measures the stages of one run and tells a monitor when each begins and ends."""

    def __init__(self, monitor: Monitor) -> None:
        self.seconds: dict[str, float] = {}
        self._monitor = monitor

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[Callable[[int, int], None]]:
        """Time a stage; yields the function that reports its steps as (done, total)."""
        start = time.perf_counter()
        self._monitor.report(stage, 0, 1)
        yield lambda done, total: self._monitor.report(stage, done, total)
        self._monitor.report(stage, 1, 1)
        self.seconds[stage.value] = time.perf_counter() - start
