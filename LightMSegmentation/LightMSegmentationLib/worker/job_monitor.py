"""The monitor of a job in the worker: sends progress to the client and stops when the client asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import CancelledError
from LightMSegmentationLib.progress_estimate import STAGE_SHARES, ProgressEstimate
from LightMSegmentationLib.worker.protocol import Event, Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from LightMSegmentationLib.inference.settings import Mode
    from LightMSegmentationLib.progress import Stage


class JobMonitor:
    """Reports of one job, as `Progress` events with their remaining time."""

    def __init__(self, job: int, mode: Mode, send: Callable[[Event], None], is_cancelled: Callable[[], bool]) -> None:
        self.job = job
        self.send = send
        self.stage: Stage | None = None
        self._mode = mode
        self._is_cancelled = is_cancelled
        self.restart()

    def restart(self) -> None:
        """Begin a new estimate: the next case of a batch."""
        self._estimate = ProgressEstimate(STAGE_SHARES[self._mode.value])

    def report(self, stage: Stage, done: int, total: int) -> None:
        """Send the progress; raise `CancelledError` when the client cancelled the job."""
        self.stage = stage
        if self._is_cancelled():
            raise CancelledError
        estimate = self._estimate.update(stage, done, total)
        self.send(Progress(self.job, stage, done, total, estimate.fraction, estimate.seconds_left))
