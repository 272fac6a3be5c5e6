"""A job as the client remembers it until its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from LightMSegmentationLib.errors import CancelledError
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.worker.protocol import Failed, Request


@dataclass(frozen=True)
class PendingJob:
    """A job's number, its message (made once the private folder is known), and the grid of the labels it will yield."""

    id: int
    request: Callable[[Path], Request]
    grid: Grid | None = None
    advice_when_cancelled: str = CancelledError().advice

    def cancelled(self) -> Failed:
        """Return the event that ends the job when the user stopped it."""
        error = CancelledError()
        return Failed(self.id, error.code, None, error.cause, self.advice_when_cancelled, "")
