"""The worker of the panel: started by the first job, kept warm, ended when idle, cancelled or no longer needed."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path

from slicer.i18n import tr as _

from LightMSegmentationLib.errors import LightMError, ModelError, UsageError
from LightMSegmentationLib.imaging.box import Box
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.model_manager.add import AddOptions
from LightMSegmentationLib.panel.worker_connection import WorkerConnection
from LightMSegmentationLib.worker import protocol
from LightMSegmentationLib.worker.conversation import Conversation, Heard, Logged
from LightMSegmentationLib.worker.failure import failed
from LightMSegmentationLib.worker.interpreter import CHECK_PYTHON, WorkerLaunch

Listener = Callable[[Heard], object]

_KEPT_LOG_LINES = 200
_log = logging.getLogger(__name__)


class WorkerProcess:
    """Runs one job at a time in the worker; the listener of a job hears its events on the main thread.

    A job that can't be started ends at once with `Failed`, as one that fails later does.

    Parameters
    ----------
    makeLaunch
        Returns how to start the process; asked before each job, so that a changed setting takes effect.
    """

    def __init__(self, makeLaunch: Callable[[], WorkerLaunch]) -> None:
        self._makeLaunch = makeLaunch
        self._connection: WorkerConnection | None = None
        self._listener: Listener = _ignore
        self.log: deque[str] = deque(maxlen=_KEPT_LOG_LINES)

    @property
    def isBusy(self) -> bool:
        """Whether a job has not ended yet."""
        return self._connection is not None and self._connection.talk.is_working

    @property
    def versions(self) -> dict[str, str | None]:
        """Versions of the packages that the worker found in its Python; empty while there is none."""
        hello = self._connection.talk.hello if self._connection is not None else None
        return dict(hello.versions) if hello is not None else {}

    @property
    def pid(self) -> int | None:
        """Number of the process that computes, None while there is none."""
        return self._connection.pid if self._connection is not None else None

    def segment(self, volume: Volume, settings: SegmentationSettings, box: Box | None, listener: Listener) -> None:
        """Start a segmentation; it ends with `Completed` or `Failed`."""
        self._begin(lambda talk: talk.segment(volume, settings, box), listener)

    def probe(self, settings: SegmentationSettings, listener: Listener) -> None:
        """Ask what would really run; it ends with `Probed` or `Failed`."""
        self._begin(lambda talk: talk.probe(settings), listener)

    def batch(
        self, source: Path, target: Path, settings: SegmentationSettings, seriesRules: str, listener: Listener
    ) -> None:
        """Start a batch over the series of a folder that meet the rules; it ends with `BatchFinished` or `Failed`."""
        self._begin(lambda talk: talk.batch(source, target, settings, series_rules=seriesRules), listener)

    def addModel(self, path: Path, options: AddOptions, listener: Listener) -> None:
        """Add a model to the user's; it ends with `ModelAdded` or `Failed`."""
        self._begin(lambda talk: talk.add_model(path, options), listener)

    def cancel(self) -> None:
        """Stop the running job within a second; it ends with `Failed`, code ``cancelled``."""
        if self._connection is not None and self.isBusy:
            self._connection.cancel()

    def forget(self) -> None:
        """Stop the running job and tell nobody how it ends: what it was for is gone."""
        self._listener = _ignore
        self.cancel()

    def shutdown(self) -> None:
        """End the process, waiting for it a moment; a job that is running ends as a cancelled one does."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.end()

    def _begin(self, ask: Callable[[Conversation], object], listener: Listener) -> None:
        try:
            connection = self._ready()
        except LightMError as error:
            listener(failed(error, None))
            return
        self._listener = listener
        ask(connection.talk)

    def _ready(self) -> WorkerConnection:
        """Return a connection that can take a job."""
        if self.isBusy:
            cause = _("A segmentation or a batch is already running.")
            raise UsageError(cause, _("Wait for it, or cancel it."))
        launch = self._makeLaunch()
        if self._connection is not None and self._connection.launch != launch:
            self._retire()
        if self._connection is None or not self._connection.isUsable:
            self._connection = WorkerConnection(launch, self._hear)
        if not self._connection.isUsable:
            cause = _("The Python of the segmentation process could not be started.")
            raise ModelError(cause, CHECK_PYTHON)
        return self._connection

    def _hear(self, event: Heard) -> None:
        if isinstance(event, Logged):
            self.log.append(event.text)
            _log.debug("LightM worker: %s", event.text)
        elif isinstance(event, protocol.Idle):
            self._retire()
        else:
            self._listener(event)

    def _retire(self) -> None:
        """End a process that is idle or was started otherwise, without waiting; the next job starts another."""
        if self._connection is not None and not self.isBusy:
            self._connection.hangUp()
            self._connection = None


def _ignore(_event: Heard) -> None:
    """Hear nothing."""
