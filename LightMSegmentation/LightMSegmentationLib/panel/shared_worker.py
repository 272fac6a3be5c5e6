"""The one worker of this Slicer: shared by the panel and by scripts, so that the model is loaded once."""

from __future__ import annotations

import functools

import slicer

from LightMSegmentationLib.panel.worker_launch import slicerWorkerLaunch
from LightMSegmentationLib.panel.worker_process import WorkerProcess


@functools.cache
def sharedWorker() -> WorkerProcess:
    """Return the worker; its process ends with Slicer at the latest."""
    worker = WorkerProcess(slicerWorkerLaunch)
    slicer.app.connect("aboutToQuit()", worker.shutdown)
    return worker
