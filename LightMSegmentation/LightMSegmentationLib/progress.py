"""How long work tells what it is doing, and how it is stopped."""

from __future__ import annotations

from enum import Enum
from typing import Protocol


class Stage(str, Enum):
    """The stages of one segmentation, in the order in which they run."""

    READ = "read"
    CHECK = "check"
    LOAD_MODEL = "load-model"
    LOCATE = "locate"
    DELINEATE = "delineate"
    EXPORT = "export"
    MEASURE = "measure"
    WRITE = "write"


class Monitor(Protocol):
    """Receives progress; the only place where a run can be interrupted."""

    def report(self, stage: Stage, done: int, total: int) -> None:
        """Tell that ``done`` of ``total`` steps of ``stage`` are finished.

        Raises
        ------
        CancelledError
            When the user asked to stop.
        """


class SilentMonitor:
    """A monitor for callers that neither show progress nor cancel."""

    def report(self, stage: Stage, done: int, total: int) -> None:
        """Ignore the report."""
