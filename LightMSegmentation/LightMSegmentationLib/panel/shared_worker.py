"""The one worker of this Slicer: shared by the panel and by scripts, so that the model is loaded once."""

from __future__ import annotations

import slicer

from LightMSegmentationLib.panel.worker_launch import slicerWorkerLaunch
from LightMSegmentationLib.panel.worker_process import WorkerProcess

_workers: list[WorkerProcess] = []


def sharedWorker() -> WorkerProcess:
    """Return the worker, which ends with Slicer at the latest."""
    if not _workers:
        _workers.append(WorkerProcess(slicerWorkerLaunch))
        slicer.app.connect("aboutToQuit()", endSharedWorker)
    return _workers[0]


def endSharedWorker() -> None:
    """End the worker's process, if there is one; the next call of `sharedWorker` makes another."""
    while _workers:
        slicer.app.disconnect("aboutToQuit()", endSharedWorker)
        _workers.pop().shutdown()
