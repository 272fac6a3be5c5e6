"""One segmentation from a volume node to segments: what happens between the click and the result."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from LightMSegmentationLib.errors import CancelledError, LightMError, UnusableInputError
from LightMSegmentationLib.explanation import as_lightm_error
from LightMSegmentationLib.panel.outcome import SegmentationOutcome
from LightMSegmentationLib.provenance import Provenance
from LightMSegmentationLib.scene.lesion_table_node import write_lesion_table
from LightMSegmentationLib.scene.roi_box import box_of_roi
from LightMSegmentationLib.scene.segments import edited_segments, write_segments
from LightMSegmentationLib.scene.volume_node import volume_of_node
from LightMSegmentationLib.segment_role import without_overlap
from LightMSegmentationLib.worker import protocol
from LightMSegmentationLib.worker.conversation import Completed, Heard
from LightMSegmentationLib.worker.failure import as_exception

if TYPE_CHECKING:
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.inference.settings import SegmentationSettings
    from LightMSegmentationLib.panel.worker_process import WorkerProcess

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunOrder:
    """What to segment and where to put it; ``segmentationNode`` None stands for a new one, ``roiNode`` None for all."""

    volumeNode: Any
    segmentationNode: Any
    roiNode: Any
    settings: SegmentationSettings
    parenchymaOnly: bool = False


@dataclass(frozen=True)
class RunListener:
    """Who hears of a run, on the main thread: of its progress, and exactly once of its end, unless it is forgotten.

    ``confirmReplace`` gets the names of segments that were edited by hand and says whether they may be replaced.
    ``beforeWrite`` is called with segmentation and volume node right before the first change.
    """

    onProgress: Callable[[protocol.Progress], object]
    onFinished: Callable[[SegmentationOutcome], object]
    onError: Callable[[LightMError], object]
    confirmReplace: Callable[[tuple[str, ...]], bool]
    beforeWrite: Callable[[Any, Any], object]


class SegmentationRun:
    """A run that was started; nodes are kept by ID, because the scene may change meanwhile."""

    def __init__(self, worker: WorkerProcess, scene: Any, order: RunOrder, listener: RunListener) -> None:
        self._worker = worker
        self._scene = scene
        self._order = order
        self._listener = listener
        self._volumeId = order.volumeNode.GetID()
        self._segmentationId = order.segmentationNode.GetID() if order.segmentationNode is not None else None
        self._started = time.monotonic()
        self.isRunning = True

    def start(self) -> None:
        """Hand the voxels to the worker."""
        order = self._order
        self._closeTag = self._scene.AddObserver(self._scene.StartCloseEvent, self._onSceneClose)
        try:
            volume = volume_of_node(order.volumeNode)
            box = box_of_roi(order.roiNode, order.volumeNode) if order.roiNode is not None else None
        except LightMError as error:
            self._fail(error)
            return
        self._order = None  # type: ignore[assignment]  # no node may be kept while the worker computes
        self._parenchymaOnly = order.parenchymaOnly
        self._worker.segment(volume, order.settings, box, self._hear)

    def cancel(self) -> None:
        """Stop the run; it ends with a `CancelledError`."""
        self._worker.cancel()

    def forget(self) -> None:
        """Stop the run and tell nobody."""
        if self.isRunning:
            self._end()
            self._worker.forget()

    def _onSceneClose(self, _caller: object, _event: object) -> None:
        self.forget()
        self._listener.onError(CancelledError())

    def _end(self) -> None:
        self.isRunning = False
        self._scene.RemoveObserver(self._closeTag)

    def _hear(self, event: Heard) -> None:
        if isinstance(event, protocol.Progress):
            self._listener.onProgress(event)
        elif isinstance(event, Completed):
            self._complete(event.result)
        elif isinstance(event, protocol.Failed):
            self._fail(as_exception(event))

    def _complete(self, result: SegmentationResult) -> None:
        try:
            outcome = self._write(result)
        except Exception as error:  # whatever goes wrong here is said in the panel, not lost in a signal handler
            _log.exception("The result could not be written into the scene")
            self._fail(as_lightm_error(error))
            return
        self._end()
        self._listener.onFinished(outcome)

    def _write(self, result: SegmentationResult) -> SegmentationOutcome:
        """Write segments, and a lesion table where tumors are told; without any segment leave the scene as it is."""
        volume = self._scene.GetNodeByID(self._volumeId)
        if volume is None:
            cause = _("The volume was removed while it was being segmented.")
            raise UnusableInputError(cause, _("Load it again and start over."))
        segmentation = table = None
        if result.labels is not None:
            segmentation = write_segments(
                self._target(result),
                volume,
                result.labels,
                Provenance.of(result),
                lambda node: self._listener.beforeWrite(node, volume),
                without_overlap(result.segments) if self._parenchymaOnly else result.segments,
            )
        if segmentation is not None and result.findings is not None:
            table = write_lesion_table(result.findings, volume, segmentation)
        return self._outcome(result, volume, segmentation, table)

    def _target(self, result: SegmentationResult) -> Any:
        """Return the chosen segmentation; None for a new one, also where edited segments are to be kept."""
        chosen = self._scene.GetNodeByID(self._segmentationId) if self._segmentationId is not None else None
        edited = edited_segments(chosen, result.segments) if chosen is not None else ()
        return None if edited and not self._listener.confirmReplace(edited) else chosen

    def _outcome(self, result: SegmentationResult, volume: Any, segmentation: Any, table: Any) -> SegmentationOutcome:
        return SegmentationOutcome(
            volumeNode=volume,
            segmentationNode=segmentation,
            tableNode=table,
            findings=result.findings,
            noLiverReasons=result.no_liver_reasons,
            notes=result.notes,
            device=result.device,
            backend=result.backend,
            model=result.model,
            modelVersion=result.model_version,
            seconds=time.monotonic() - self._started,
            timings=result.timings,
            segments=result.segments,
            volumesMl=result.volumes_ml,
        )

    def _fail(self, error: LightMError) -> None:
        self._end()
        self._listener.onError(error)
