"""Doing one case: read, segment, and write its files aside. It runs here or on a computer of a cluster."""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol

from LightMSegmentationLib.batch.case_input import readable_path
from LightMSegmentationLib.batch.case_writer import CaseWriter
from LightMSegmentationLib.batch.outcome import CaseOutcome, CaseState
from LightMSegmentationLib.batch.privacy import without_names
from LightMSegmentationLib.errors import CancelledError, LightMError
from LightMSegmentationLib.explanation import as_lightm_error, stack_of
from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.progress import Stage
from LightMSegmentationLib.staged_files import StagedFiles

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.batch.case import Case
    from LightMSegmentationLib.batch.order import BatchOrder
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.inference.settings import SegmentationSettings
    from LightMSegmentationLib.progress import Monitor

_log = logging.getLogger(__name__)


class SegmentFunction(Protocol):
    """Segments one volume: `WorkerClient.segment`, or an engine inside the worker."""

    def __call__(self, volume: Volume, settings: SegmentationSettings, monitor: Monitor) -> SegmentationResult:
        """Return labels on the volume's grid or the reasons for no liver."""


@dataclass(frozen=True)
class CaseJob:
    """A case to do; its files are made below ``run_folder``, which has to be there as long as they are wanted."""

    order: BatchOrder
    case: Case
    number: int
    run_folder: Path


@dataclass(frozen=True)
class CaseResult:
    """How a case ended, and its files, which wait to be committed."""

    outcome: CaseOutcome
    files: StagedFiles


def do_case(job: CaseJob, segment: SegmentFunction, monitor: Monitor) -> CaseResult:
    """Do a case and return how it ended; only `CancelledError` is raised."""
    files = _staged(job)
    started = time.monotonic()
    blank = CaseOutcome(job.case.name, CaseState.FAILED, number=job.number)
    try:
        outcome = _segmented(job, files, segment, monitor, blank)
    except CancelledError:
        files.discard()
        raise
    except Exception as error:
        files.discard(error)
        outcome = replace(blank, message=_explain(error))
    seconds = time.monotonic() - started
    public = without_names(outcome.message, job.case, job.order.source)
    return CaseResult(replace(outcome, seconds=seconds, public_message=public), files)


def failed_case(job: CaseJob, error: Exception) -> CaseResult:
    """Return the result of a case that nobody could do."""
    message = _explain(error)
    public = without_names(message, job.case, job.order.source)
    outcome = CaseOutcome(job.case.name, CaseState.FAILED, message=message, number=job.number, public_message=public)
    return CaseResult(outcome, _staged(job))


def _staged(job: CaseJob) -> StagedFiles:
    """Return the files of a new attempt at a case: one that was given up for lost must not spoil another."""
    return StagedFiles(job.run_folder / uuid.uuid4().hex)


def _segmented(
    job: CaseJob, files: StagedFiles, segment: SegmentFunction, monitor: Monitor, blank: CaseOutcome
) -> CaseOutcome:
    started = time.monotonic()
    order = job.order
    private = partial(without_names, case=job.case, source=order.source)
    writer = CaseWriter(files, order.target, order.stem(job.case, job.number), order.suffix, order.settings, private)
    monitor.report(Stage.READ, 0, 1)
    with readable_path(job.case) as path:
        scan = read_volume(path, job.case.series_uid)
        writer.check(scan, path.name)
        monitor.report(Stage.READ, 1, 1)
        result = segment(scan.volume, order.settings, monitor)
        monitor.report(Stage.WRITE, 0, 1)
        outcome = writer.write(blank, scan, result, time.monotonic() - started)
    monitor.report(Stage.WRITE, 1, 1)
    return outcome


def _explain(error: Exception) -> str:
    if not isinstance(error, LightMError):
        _log.error("A case failed: %s", stack_of(error))
    return str(as_lightm_error(error))
