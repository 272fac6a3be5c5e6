"""Telling about a running batch: on a terminal, in a log, or as JSON lines."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

from LightMSegmentationLib.batch.outcome import BatchSummary, CaseOutcome, Finished, Planned, Started
from LightMSegmentationLib.cli.batch_progress import BatchProgress
from LightMSegmentationLib.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from LightMSegmentationLib.batch.order import BatchOrder
    from LightMSegmentationLib.batch.outcome import BatchEvent
    from LightMSegmentationLib.cli.batch_progress import BatchEstimate
    from LightMSegmentationLib.cli.console import Console
    from LightMSegmentationLib.progress import Monitor, Stage


class Voice(Protocol):
    """The form in which a batch is told."""

    def planned(self, event: Planned) -> None:
        """Tell what was found."""

    def started(self, case: CaseOutcome) -> None:
        """Tell that a case begins."""

    def progress(self, case: CaseOutcome, stage: Stage, state: BatchEstimate) -> None:
        """Tell how far the running case and the batch are."""

    def finished(self, case: CaseOutcome, state: BatchEstimate) -> None:
        """Tell how a case ended."""

    def summary(self, summary: BatchSummary, cases: Mapping[str, CaseOutcome]) -> None:
        """Tell how the batch ended."""


class BatchTeller:
    """Follows a batch and lets a `Voice` tell; `monitor` takes the progress of the running case."""

    def __init__(self, voice: Voice, mode: str) -> None:
        self._voice = voice
        self._mode = mode
        self._progress = BatchProgress(mode, 0)
        self._cases: dict[str, CaseOutcome] = {}
        self._running: CaseOutcome | None = None
        self.monitor: Monitor = _Reports(self)

    def follow(self, events: Iterable[BatchEvent]) -> BatchSummary:
        """Tell of each event, and return how the batch ended."""
        for event in events:
            if isinstance(event, BatchSummary):
                self._voice.summary(event, self._cases)
                return event
            self._hear(event)
        message = "The batch ended without a summary."
        raise InternalError(message)

    def hear_progress(self, stage: Stage, done: int, total: int) -> None:
        """Tell of the progress of the running case."""
        if self._running is not None:
            self._voice.progress(self._running, stage, self._progress.report(stage, done, total))

    def _hear(self, event: Planned | Started | Finished) -> None:
        if isinstance(event, Planned):
            self._cases = {case.name: case for case in event.cases}
            due = sum(not case.state.is_finished for case in event.cases)
            self._progress = BatchProgress(self._mode, due)
            self._voice.planned(event)
        elif isinstance(event, Started):
            self._running = self._cases[event.name]
            self._progress.begin_case()
            self._voice.started(self._running)
        else:
            self._running = None
            self._cases[event.outcome.name] = event.outcome
            self._voice.finished(event.outcome, self._progress.end_case())


class _Reports:
    """The monitor of the running case."""

    def __init__(self, teller: BatchTeller) -> None:
        self._teller = teller

    def report(self, stage: Stage, done: int, total: int) -> None:
        """Pass the report on."""
        self._teller.hear_progress(stage, done, total)


@contextlib.contextmanager
def told_batch(console: Console, order: BatchOrder, *, as_json: bool) -> Iterator[BatchTeller]:
    """Give the teller for a batch: JSON lines if asked for, bars where messages go to a terminal, else plain lines."""
    mode = order.settings.mode.value
    if as_json:
        from LightMSegmentationLib.cli.batch_json import JsonVoice

        yield BatchTeller(JsonVoice(console, keep_identifiers=order.keep_identifiers), mode)
        return
    from LightMSegmentationLib.cli.batch_text import BarVoice, LineVoice, batch_bars

    if not console.errors.isatty():
        yield BatchTeller(LineVoice(console, order), mode)
        return
    with batch_bars(console) as bars:
        yield BatchTeller(BarVoice(console, order, bars), mode)
