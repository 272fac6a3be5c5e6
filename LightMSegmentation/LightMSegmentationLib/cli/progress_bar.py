"""Progress on a terminal as a bar, anywhere else as plain lines."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from LightMSegmentationLib.progress_estimate import STAGE_SHARES, ProgressEstimate
from LightMSegmentationLib.progress_text import STAGE_TITLES, remaining_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.progress import Progress, TaskID

    from LightMSegmentationLib.cli.console import Console
    from LightMSegmentationLib.progress import Monitor, Stage

_SECONDS_BETWEEN_LINES = 5.0


@contextlib.contextmanager
def progress_monitor(console: Console, mode: str) -> Iterator[Monitor]:
    """Yield the monitor for a run in ``mode``: a bar where the error stream is a terminal, plain lines elsewhere."""
    estimate = ProgressEstimate(STAGE_SHARES[mode])
    if not console.errors.isatty():
        yield LineMonitor(console, estimate)
        return
    with _bar(console) as bar:
        yield BarMonitor(bar, estimate)


class LineMonitor:
    """Writes a line at the start of each stage and then every few seconds; no carriage returns, for logs."""

    def __init__(
        self, console: Console, estimate: ProgressEstimate, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._estimate = estimate
        self._clock = clock
        self._stage: Stage | None = None
        self._written_at = 0.0

    def report(self, stage: Stage, done: int, total: int) -> None:
        """Write where the run stands, if there is news."""
        state = self._estimate.update(stage, done, total)
        now = self._clock()
        if stage is self._stage and now - self._written_at < _SECONDS_BETWEEN_LINES:
            return
        self._stage, self._written_at = stage, now
        left = remaining_text(state.seconds_left)
        self._console.tell(f"{state.fraction:4.0%}  {STAGE_TITLES[stage]}{', ' if left else ''}{left}")


class BarMonitor:
    """Moves one bar for the whole run."""

    def __init__(self, bar: Progress, estimate: ProgressEstimate) -> None:
        self._bar = bar
        self._estimate = estimate
        self._task: TaskID = bar.add_task("Starting", total=1.0, left="")

    def report(self, stage: Stage, done: int, total: int) -> None:
        """Move the bar and say the stage and the remaining time."""
        state = self._estimate.update(stage, done, total)
        left = remaining_text(state.seconds_left)
        self._bar.update(self._task, completed=state.fraction, description=STAGE_TITLES[stage], left=left)


def _bar(console: Console) -> Progress:
    from rich.console import Console as RichConsole
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    stage, left = TextColumn("{task.description:<29}"), TextColumn("{task.fields[left]}")
    terminal = RichConsole(file=console.errors)
    return Progress(stage, BarColumn(bar_width=None), TaskProgressColumn(), left, console=terminal, transient=True)
