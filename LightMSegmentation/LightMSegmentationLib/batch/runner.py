"""Segmenting a folder of cases; what is finished stays finished."""

from __future__ import annotations

import logging
import os
import platform
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.case_job import CaseJob, CaseResult
from LightMSegmentationLib.batch.computing import Begun, Computing, LocalComputing
from LightMSegmentationLib.batch.fingerprint import content_hash_of, stamp_of
from LightMSegmentationLib.batch.ledger import LEDGER_NAME, NO_KEY, CaseKey, Entry, Ledger, Subject
from LightMSegmentationLib.batch.order import BatchOrder
from LightMSegmentationLib.batch.outcome import (
    BatchEvent,
    BatchSummary,
    CaseOutcome,
    CaseState,
    Finished,
    Planned,
    Started,
)
from LightMSegmentationLib.batch.plan import Plan, check_order, make_plan
from LightMSegmentationLib.batch.privacy import without_names
from LightMSegmentationLib.batch.staging import Staging
from LightMSegmentationLib.batch.summary_table import SUMMARY_NAME, write_summary_table
from LightMSegmentationLib.errors import LightMError, UnusableInputError
from LightMSegmentationLib.file_lock import FileLock
from LightMSegmentationLib.imaging.atomic import writing_error
from LightMSegmentationLib.model_record import card_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from LightMSegmentationLib.batch.case import Case
    from LightMSegmentationLib.batch.case_job import SegmentFunction
    from LightMSegmentationLib.progress import Monitor

__all__ = ["LOCK_NAME", "BatchOrder", "run_batch", "run_batch_with"]

LOCK_NAME = ".lightm-batch.lock"

_log = logging.getLogger(__name__)


def run_batch(order: BatchOrder, segment: SegmentFunction, monitor: Monitor) -> Iterator[BatchEvent]:
    """Segment what is due here, one case after another; see `run_batch_with`."""
    return run_batch_with(order, LocalComputing(segment, monitor))


def run_batch_with(order: BatchOrder, computing: Computing) -> Iterator[BatchEvent]:
    """Segment what is due and yield `Planned`, `Started` and `Finished` for each case, and at last `BatchSummary`.

    A case that fails stops nothing and is tried again by the next run. When ``computing`` raises `CancelledError`, it
    is raised here too, and the running cases stay due.

    Raises
    ------
    UsageError
        When outputs would lie among the inputs.
    UnusableInputError
        When a folder can't be used, or another run is writing into the output folder.
    """
    check_order(order)
    _make_folder(order.target)
    lock = FileLock(order.target / LOCK_NAME)
    if not lock.acquire(f"process {os.getpid()} on {platform.node()}"):
        cause = f"Another batch is writing into this folder ({lock.read_note()})."
        raise UnusableInputError(cause, "Wait for it, or choose another output folder.")
    try:
        with Ledger(order.target / LEDGER_NAME) as ledger:
            yield from _Run(order, computing, ledger).events()
    finally:
        lock.release()


def _make_folder(target: Path) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise writing_error(target, error) from error


class _Run:
    """One run over an output folder that nobody else writes into; the only one who writes its ledger."""

    def __init__(self, order: BatchOrder, computing: Computing, ledger: Ledger) -> None:
        self._order = order
        self._computing = computing
        self._ledger = ledger
        self._staging = Staging(order.target)
        self._outcomes: dict[str, CaseOutcome] = {}
        self._running: dict[str, CaseJob] = {}
        self._keys: dict[str, CaseKey] = {}

    def events(self) -> Iterator[BatchEvent]:
        started = time.monotonic()
        known = self._ledger.entries()
        plan = make_plan(self._order, known)
        self._ledger.record_source(self._order.source.resolve())
        self._outcomes = {planned.case.name: planned.outcome for planned in plan.cases}
        self._remember(plan, known)
        yield Planned(tuple(self._outcomes.values()), plan.skipped)
        jobs = [
            CaseJob(self._order, planned.case, planned.outcome.number, self._staging.folder) for planned in plan.due
        ]
        try:
            yield from self._work(jobs, known)
        finally:
            for job in list(self._running.values()):
                self._record(job.case, CaseOutcome(job.case.name, CaseState.DUE, number=job.number))
            self._staging.clear()
            self._write_summary()
        self._write_page()
        yield _summary(self._outcomes, len(plan.cases) - len(jobs), time.monotonic() - started)

    def _remember(self, plan: Plan, known: dict[str, Entry]) -> None:
        """Store the numbers of new cases, so that they stay theirs, and forget what is neither there nor finished."""
        new = (planned for planned in plan.cases if planned.case.name not in known)
        self._ledger.record_all(Entry(planned.outcome, NO_KEY, _subject(planned.case)) for planned in new)
        gone = [name for name in known if name not in self._outcomes]
        self._ledger.forget(name for name in gone if not known[name].outcome.state.is_finished)
        card = card_of(self._order.settings.model, self._order.model_hash)
        if card:
            self._ledger.record_card(self._order.model_hash, card)

    def _work(self, jobs: list[CaseJob], known: dict[str, Entry]) -> Iterator[BatchEvent]:
        for step in self._computing.steps(jobs):
            name = step.job.case.name
            if isinstance(step, Begun):
                self._running[name] = step.job
                self._keys[name] = self._key(step.job.case)
                self._record(step.job.case, CaseOutcome(name, CaseState.RUNNING, number=step.job.number))
                yield Started(name)
                continue
            outcome = self._committed(step.job, step.result)
            if outcome.state.is_finished and name in known:
                self._remove_superseded(known[name].outcome, outcome)
            self._record(step.job.case, outcome)
            del self._running[name]
            yield Finished(outcome)

    def _committed(self, job: CaseJob, result: CaseResult) -> CaseOutcome:
        """Put the files of a case into place and return its outcome, FAILED when that can't be done."""
        try:
            result.files.commit()
        except LightMError as error:
            public = without_names(str(error), job.case, self._order.source)
            return replace(
                CaseOutcome(job.case.name, CaseState.FAILED, result.outcome.seconds, number=job.number),
                message=str(error),
                public_message=public,
            )
        finally:
            result.files.discard()
        return result.outcome

    def _remove_superseded(self, former: CaseOutcome, outcome: CaseOutcome) -> None:
        """Remove files that an earlier run made of a case and this one did not, such as that of a liver now gone."""
        for name in set(former.files) - set(outcome.files):
            (self._order.target / name).unlink(missing_ok=True)

    def _record(self, case: Case, outcome: CaseOutcome) -> None:
        self._outcomes[case.name] = outcome
        self._ledger.record(outcome, self._keys[case.name], _subject(case))

    def _write_summary(self) -> None:
        """Write the table; a spreadsheet program that holds it open must not make a finished batch fail."""
        try:
            write_summary_table(self._outcomes.values(), self._order.target / SUMMARY_NAME)
        except LightMError:
            _log.warning("The table %s could not be written", SUMMARY_NAME)

    def _write_page(self) -> None:
        """Write the page about the batch where its packages are installed; `lightm report` can write it any time."""
        from LightMSegmentationLib.report.write import PAGE_NAME, missing_packages, write_batch_report

        if missing_packages():
            return
        try:
            write_batch_report(self._order.target, keep_identifiers=self._order.keep_identifiers)
        except LightMError:
            _log.warning("The page %s could not be written", PAGE_NAME)

    def _key(self, case: Case) -> CaseKey:
        return CaseKey(
            stamp_of(case.files), content_hash_of(case.files), self._order.model_hash, self._order.settings_key
        )


def _subject(case: Case) -> Subject:
    return Subject(case.facts.patient, case.facts.date)


def _summary(outcomes: dict[str, CaseOutcome], skipped: int, seconds: float) -> BatchSummary:
    states = [outcome.state for outcome in outcomes.values()]
    done, no_liver, failed = map(states.count, (CaseState.DONE, CaseState.NO_LIVER, CaseState.FAILED))
    return BatchSummary(done, no_liver, failed, skipped, seconds)
