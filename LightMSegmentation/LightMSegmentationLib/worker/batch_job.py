"""A batch inside the worker, whose model is warm."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch import outcome
from LightMSegmentationLib.batch.order import BatchOrder
from LightMSegmentationLib.batch.runner import run_batch
from LightMSegmentationLib.batch.series_filter import parse_series_filter
from LightMSegmentationLib.worker.protocol import Batch, BatchFinished, BatchPlanned, CaseFinished, CaseStarted

if TYPE_CHECKING:
    from LightMSegmentationLib.engine import Engine
    from LightMSegmentationLib.worker.job_monitor import JobMonitor


def run_batch_job(request: Batch, engine: Engine, monitor: JobMonitor) -> BatchFinished:
    """Run the batch, sending an event for what becomes of each case."""
    model_hash = engine.model_hash(request.settings)
    order = BatchOrder(
        Path(request.source),
        Path(request.target),
        request.settings,
        model_hash,
        request.suffix,
        parse_series_filter([request.series_rules]),
    )
    for event in run_batch(order, engine.segment, monitor):
        if isinstance(event, outcome.Planned):
            monitor.send(BatchPlanned(request.id, event.cases, len(event.skipped)))
        elif isinstance(event, outcome.Started):
            monitor.restart()
            monitor.send(CaseStarted(request.id, event.name))
        elif isinstance(event, outcome.Finished):
            monitor.send(CaseFinished(request.id, event.outcome))
        else:
            return BatchFinished(request.id, event)
    message = "the batch ended without a summary"
    raise RuntimeError(message)
