"""What the worker does for each kind of job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.box import crop
from LightMSegmentationLib.progress import Stage
from LightMSegmentationLib.worker.answer import answer_of
from LightMSegmentationLib.worker.protocol import AddModel, Batch, Event, ModelAdded, Probe, Probed, Segment
from LightMSegmentationLib.worker.region import clipped, pasted
from LightMSegmentationLib.worker.voxels import send_voxels, take_voxels

if TYPE_CHECKING:
    from LightMSegmentationLib.engine import Engine
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.worker.job_monitor import JobMonitor


def run_job(request: Segment | Probe | Batch | AddModel, engine: Engine, folder: Path, monitor: JobMonitor) -> Event:
    """Do what ``request`` asks for and return the event that ends it; voxels pass through ``folder``."""
    if isinstance(request, Segment):
        return _segment(request, engine, folder, monitor)
    if isinstance(request, Probe):
        return Probed(request.id, engine.probe(request.settings))
    if isinstance(request, AddModel):
        return _add_model(request)
    from LightMSegmentationLib.worker.batch_job import run_batch_job

    return run_batch_job(request, engine, monitor)


def _add_model(request: AddModel) -> ModelAdded:
    from LightMSegmentationLib.model_manager.add import add_model

    card = add_model(Path(request.path), request.options)
    return ModelAdded(request.id, card.stem, str(card))


def _segment(request: Segment, engine: Engine, folder: Path, monitor: JobMonitor) -> Event:
    whole = take_voxels(folder, request.voxels, request.grid)
    box = clipped(request.box, whole.grid) if request.box else None
    part = crop(whole, box) if box else whole
    monitor.report(Stage.READ, 1, 1)
    result = engine.segment(part, request.settings, monitor)
    monitor.report(Stage.WRITE, 0, 1)
    labels = pasted(result.labels, box, whole.grid) if box and result.labels else result.labels
    name = _send_labels(labels, folder, request.id) if labels else None
    monitor.report(Stage.WRITE, 1, 1)
    return answer_of(request.id, result, name)


def _send_labels(labels: Volume, folder: Path, job: int) -> str:
    return send_voxels(labels.array, folder, f"labels-{job}.npy")
