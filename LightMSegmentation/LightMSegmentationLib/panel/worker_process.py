"""The worker process as a ``QProcess``: started by the first job, kept warm, ended when idle, cancelled or no longer needed."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable
from typing import Any

import qt

from LightMSegmentationLib.errors import LightMError
from LightMSegmentationLib.imaging.box import Box
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.worker import protocol
from LightMSegmentationLib.worker.conversation import CANCEL_GRACE_SECONDS, Conversation, Heard, Logged, State
from LightMSegmentationLib.worker.failure import failed
from LightMSegmentationLib.worker.interpreter import WorkerLaunch
from LightMSegmentationLib.worker.process_tree import end_process_tree

Listener = Callable[[Heard], object]

_SECONDS_TO_END = 2.0
_KEPT_LOG_LINES = 200


class WorkerProcess:
    """Runs one job at a time in the worker; the listener of a job hears its events on the main thread.

    Parameters
    ----------
    makeLaunch
        Returns how to start the process; called for each start, so that a changed setting takes effect.
    """

    def __init__(self, makeLaunch: Callable[[], WorkerLaunch]) -> None:
        self._makeLaunch = makeLaunch
        self._process: Any = None
        self._talk: Conversation | None = None
        self._listener: Listener = _ignore
        self.log: deque[str] = deque(maxlen=_KEPT_LOG_LINES)

    @property
    def isBusy(self) -> bool:
        """Whether a job has not ended yet."""
        return self._talk is not None and self._talk.is_working

    @property
    def pid(self) -> int | None:
        """Number of the process that computes, None while there is none."""
        if self._talk is None or self._talk.hello is None or self._talk.state is State.ENDED:
            return None
        return self._talk.hello.pid

    def segment(self, volume: Volume, settings: SegmentationSettings, box: Box | None, listener: Listener) -> None:
        """Start a segmentation; it ends with `Completed` or `Failed`."""
        self._begin(lambda talk: talk.segment(volume, settings, box), listener)

    def probe(self, settings: SegmentationSettings, listener: Listener) -> None:
        """Ask what would really run; it ends with `Probed` or `Failed`."""
        self._begin(lambda talk: talk.probe(settings), listener)

    def batch(self, source: Any, target: Any, settings: SegmentationSettings, listener: Listener) -> None:
        """Start a batch over folders; it ends with `BatchFinished` or `Failed`."""
        self._begin(lambda talk: talk.batch(source, target, settings), listener)

    def cancel(self) -> None:
        """Stop the running job: the worker is asked first and killed with its children when it does not stop at once."""
        if self._talk is None or not self._talk.is_working:
            return
        self._talk.cancel()
        talk = self._talk
        qt.QTimer.singleShot(int(1000 * CANCEL_GRACE_SECONDS), lambda: self._killUnlessStopped(talk))

    def forget(self) -> None:
        """Cancel the running job and tell nobody how it ends: what it was for is gone."""
        self._listener = _ignore
        self.cancel()

    def shutdown(self) -> None:
        """End the process and its folder, waiting for it a moment, by force if need be."""
        self._listener = _ignore
        process, talk = self._process, self._talk
        if process is None or process.state() == qt.QProcess.NotRunning:
            return
        process.closeWriteChannel()
        if not process.waitForFinished(int(1000 * _SECONDS_TO_END)):
            self._kill(talk)
            process.waitForFinished(int(1000 * _SECONDS_TO_END))

    def _begin(self, ask: Callable[[Conversation], object], listener: Listener) -> None:
        if self.isBusy:
            message = "the worker is busy"
            raise RuntimeError(message)
        self._listener = listener
        if self._talk is None or self._talk.state is State.ENDED:
            try:
                launch = self._makeLaunch()
            except LightMError as error:
                listener(failed(error, None))
                return
            self._start(launch)
        ask(self._talk)  # type: ignore[arg-type]

    def _start(self, launch: WorkerLaunch) -> None:
        self._retire()
        process = qt.QProcess()
        talk = Conversation(lambda data: process.write(data), self._hear)
        process.setProcessEnvironment(_qtEnvironment(launch))
        process.connect("readyReadStandardOutput()", lambda: talk.feed(_bytes(process.readAllStandardOutput())))
        process.connect("readyReadStandardError()", lambda: talk.feed_log(_bytes(process.readAllStandardError())))
        process.connect("finished(int,QProcess::ExitStatus)", lambda code, status: _tellEnd(process, talk, code, status))
        process.connect("errorOccurred(QProcess::ProcessError)", lambda error: _tellError(process, talk, error))
        self._process, self._talk = process, talk
        process.start(str(launch.python), list(launch.arguments))

    def _retire(self) -> None:
        """Let go of an ended process, later: it may be the one whose signal is being handled."""
        if self._process is not None:
            self._process.deleteLater()
            self._process = None

    def _hear(self, event: Heard) -> None:
        if isinstance(event, Logged):
            self.log.append(event.text)
            logging.debug("LightM worker: %s", event.text)
        elif isinstance(event, protocol.Idle):
            self._closeWhenIdle()
        else:
            self._listener(event)

    def _closeWhenIdle(self) -> None:
        if not self.isBusy:
            self._process.closeWriteChannel()

    def _killUnlessStopped(self, talk: Conversation) -> None:
        if talk.state is State.CANCELLING:
            self._kill(talk)

    def _kill(self, talk: Conversation | None) -> None:
        """End the started process and the one that said hello: ``PythonSlicer`` is a launcher in front of the worker."""
        pids = {self._process.processId()}
        if talk is not None and talk.hello is not None:
            pids.add(talk.hello.pid)
        end_process_tree(pid for pid in pids if pid)


def _ignore(_event: Heard) -> None:
    """Hear nothing."""


def _bytes(chunk: Any) -> bytes:
    """Return what is in a ``QByteArray``; PythonQt gives None for an empty one."""
    return chunk.data() or b""


def _tellEnd(process: Any, talk: Conversation, code: int, status: int) -> None:
    talk.feed_log(_bytes(process.readAllStandardError()))
    talk.feed(_bytes(process.readAllStandardOutput()))
    crashed = status == qt.QProcess.CrashExit
    talk.ended((None if os.name == "nt" else -code) if crashed else code)


def _tellError(process: Any, talk: Conversation, error: int) -> None:
    if error == qt.QProcess.FailedToStart:
        talk.failed_to_start(process.errorString())


def _qtEnvironment(launch: WorkerLaunch) -> Any:
    environment = qt.QProcessEnvironment()
    for name, value in launch.environment.items():
        environment.insert(name, value)
    return environment
