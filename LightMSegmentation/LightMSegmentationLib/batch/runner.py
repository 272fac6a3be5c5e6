"""Segmenting a folder of cases, one after another; what is finished stays finished."""

from __future__ import annotations

import logging
import os
import platform
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from LightMSegmentationLib.batch.case_writer import SEG_NRRD, CaseWriter
from LightMSegmentationLib.batch.discover import discover
from LightMSegmentationLib.batch.fingerprint import content_hash_of, stamp_of
from LightMSegmentationLib.batch.ledger import LEDGER_NAME, CaseKey, Entry, Ledger
from LightMSegmentationLib.batch.outcome import (
    BatchEvent,
    BatchSummary,
    CaseOutcome,
    CaseState,
    Finished,
    Planned,
    Started,
)
from LightMSegmentationLib.batch.staging import Staging
from LightMSegmentationLib.batch.summary_table import SUMMARY_NAME, write_summary_table
from LightMSegmentationLib.errors import CancelledError, LightMError, UnusableInputError, UsageError
from LightMSegmentationLib.imaging.atomic import writing_error
from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.progress import Stage
from LightMSegmentationLib.worker.failure import as_lightm_error, stack_of
from LightMSegmentationLib.worker.file_lock import FileLock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from LightMSegmentationLib.batch.case import Case
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.inference.settings import SegmentationSettings
    from LightMSegmentationLib.progress import Monitor

LOCK_NAME = ".lightm-batch.lock"

_log = logging.getLogger(__name__)


class SegmentFunction(Protocol):
    """Segments one volume: `WorkerClient.segment`, or an engine inside the worker."""

    def __call__(self, volume: Volume, settings: SegmentationSettings, monitor: Monitor) -> SegmentationResult:
        """Return labels on the volume's grid or the reasons for no liver."""


@dataclass(frozen=True)
class BatchOrder:
    """What to segment, where to put it and how.

    ``model_hash`` identifies the model's content. ``suffix`` is the form of the segmentations. Another device or scan
    backend makes nothing due again, since they compute the same.
    """

    source: Path
    target: Path
    settings: SegmentationSettings
    model_hash: str
    suffix: str = SEG_NRRD

    @property
    def settings_key(self) -> str:
        """The settings that a result depends on."""
        return f"mode={self.settings.mode.value};suffix={self.suffix}"


def run_batch(order: BatchOrder, segment: SegmentFunction, monitor: Monitor) -> Iterator[BatchEvent]:
    """Segment what is due and yield `Planned`, `Started` and `Finished` for each case, and at last `BatchSummary`.

    A case that fails stops nothing and is tried again by the next run. When ``monitor`` or ``segment`` raises
    `CancelledError`, it is raised here too, and the running case stays due.

    Raises
    ------
    UsageError
        When outputs would lie among the inputs.
    UnusableInputError
        When a folder can't be used, or another run is writing into the output folder.
    """
    _check_folders(order)
    lock = FileLock(order.target / LOCK_NAME)
    if not lock.acquire(f"process {os.getpid()} on {platform.node()}"):
        cause = f"Another batch is writing into this folder ({lock.read_note()})."
        raise UnusableInputError(cause, "Wait for it, or choose another output folder.")
    try:
        with Ledger(order.target / LEDGER_NAME) as ledger:
            yield from _Run(order, segment, monitor, ledger).events()
    finally:
        lock.release()


def _check_folders(order: BatchOrder) -> None:
    source, target = order.source.resolve(), order.target.resolve()
    if target == source or target in source.parents:
        cause = "The output folder holds the input folder, so that results could replace scans."
        raise UsageError(cause, "Choose another output folder, or one inside the input folder.")
    try:
        order.target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise writing_error(order.target, error) from error


class _Run:
    """One run over an output folder that nobody else writes into."""

    def __init__(self, order: BatchOrder, segment: SegmentFunction, monitor: Monitor, ledger: Ledger) -> None:
        self._order = order
        self._segment = segment
        self._monitor = monitor
        self._ledger = ledger
        self._staging = Staging(order.target)
        self._writer = CaseWriter(self._staging, order.suffix, order.settings)

    def events(self) -> Iterator[BatchEvent]:
        started = time.monotonic()
        known = self._ledger.entries()
        cases = discover(self._order.source, self._order.target)
        outcomes = {case.name: self._planned(case, known.get(case.name)) for case in cases}
        skipped = sum(outcome.state.is_finished for outcome in outcomes.values())
        yield Planned(tuple(outcomes.values()))
        try:
            for case in _due(cases, outcomes, known):
                yield Started(case.name)
                outcomes[case.name] = self._do(case)
                yield Finished(outcomes[case.name])
        finally:
            self._staging.clear()
            self._write_summary(outcomes)
        yield _summary(outcomes, skipped, time.monotonic() - started)

    def _planned(self, case: Case, entry: Entry | None) -> CaseOutcome:
        """Return the outcome of an earlier run, or that the case is due."""
        due = CaseOutcome(case.name, CaseState.DUE)
        if entry is None or not entry.outcome.state.is_finished or not self._is_current(case, entry):
            return due
        return entry.outcome

    def _is_current(self, case: Case, entry: Entry) -> bool:
        key = entry.key
        if (key.model_hash, key.settings) != (self._order.model_hash, self._order.settings_key):
            return False
        if not all((self._order.target / name).is_file() for name in entry.outcome.files):
            return False
        return key.source_stamp == stamp_of(case.files) or key.source_hash == content_hash_of(case.files)

    def _do(self, case: Case) -> CaseOutcome:
        """Segment a case and remember how it ended."""
        key = self._key(case)
        self._ledger.record(CaseOutcome(case.name, CaseState.RUNNING), key)
        started = time.monotonic()
        try:
            outcome = self._segmented(case, started)
        except CancelledError:
            self._ledger.record(CaseOutcome(case.name, CaseState.DUE), key)
            raise
        except Exception as error:
            outcome = CaseOutcome(case.name, CaseState.FAILED, time.monotonic() - started, message=_explain(error))
        self._ledger.record(outcome, key)
        return outcome

    def _segmented(self, case: Case, started: float) -> CaseOutcome:
        self._monitor.report(Stage.READ, 0, 1)
        scan = read_volume(case.path, case.series_uid)
        self._writer.check(case, scan)
        self._monitor.report(Stage.READ, 1, 1)
        result = self._segment(scan.volume, self._order.settings, self._monitor)
        self._monitor.report(Stage.WRITE, 0, 1)
        outcome = self._writer.write(case.name, scan, result, time.monotonic() - started)
        outcome = replace(outcome, seconds=time.monotonic() - started)
        self._monitor.report(Stage.WRITE, 1, 1)
        return outcome

    def _write_summary(self, outcomes: dict[str, CaseOutcome]) -> None:
        """Write the table; a spreadsheet program that holds it open must not make a finished batch fail."""
        try:
            write_summary_table(outcomes.values(), self._order.target / SUMMARY_NAME)
        except LightMError:
            _log.warning("The table %s could not be written", SUMMARY_NAME)

    def _key(self, case: Case) -> CaseKey:
        return CaseKey(
            stamp_of(case.files), content_hash_of(case.files), self._order.model_hash, self._order.settings_key
        )


def _due(cases: list[Case], outcomes: dict[str, CaseOutcome], known: dict[str, Entry]) -> list[Case]:
    """Return the cases to do; one at which an earlier run was killed comes last, since it may be what killed it."""
    due = [case for case in cases if not outcomes[case.name].state.is_finished]
    return sorted(due, key=lambda case: case.name in known and known[case.name].outcome.state is CaseState.RUNNING)


def _explain(error: Exception) -> str:
    if not isinstance(error, LightMError):
        _log.error("A case failed: %s", stack_of(error))
    return str(as_lightm_error(error))


def _summary(outcomes: dict[str, CaseOutcome], skipped: int, seconds: float) -> BatchSummary:
    states = [outcome.state for outcome in outcomes.values()]
    done, no_liver, failed = map(states.count, (CaseState.DONE, CaseState.NO_LIVER, CaseState.FAILED))
    return BatchSummary(done, no_liver, failed, skipped, seconds)
