"""Progress is a bar on a terminal and plain lines elsewhere."""

from __future__ import annotations

import io

from LightMSegmentationLib.cli.console import Console
from LightMSegmentationLib.cli.progress_bar import LineMonitor, progress_monitor
from LightMSegmentationLib.progress import Stage
from LightMSegmentationLib.progress_estimate import ProgressEstimate


class Clock:
    """Seconds that move only when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_plain_lines_tell_each_stage_once_and_then_only_now_and_again(console: Console) -> None:
    clock = Clock()
    estimate = ProgressEstimate({Stage.READ: 1.0, Stage.LOCATE: 9.0}, clock)
    monitor = LineMonitor(console, estimate, clock)
    monitor.report(Stage.READ, 0, 1)
    for done in range(10):
        clock.now += 1.0
        monitor.report(Stage.LOCATE, done, 9)
    lines = console.errors.getvalue().splitlines()
    assert lines == [
        "  0%  Reading the scan",
        " 10%  Finding the liver, about 10 s left",
        " 60%  Finding the liver, about 5 s left",
    ]


def test_a_pipe_gets_no_carriage_returns_and_no_escapes(console: Console) -> None:
    with progress_monitor(console, "full") as monitor:
        for stage in Stage:
            monitor.report(stage, 1, 1)
    written = console.errors.getvalue()
    assert "\r" not in written
    assert "\x1b" not in written
    assert "Delineating" in written


def test_a_terminal_gets_a_bar_that_disappears() -> None:
    terminal = Terminal()
    with progress_monitor(Console(io.StringIO(), terminal), "fast") as monitor:
        monitor.report(Stage.LOCATE, 1, 2)
    written = terminal.getvalue()
    assert "Finding the liver" in written
    assert written.endswith("\x1b[2K"), "the last thing is that the line is erased"
