"""One worker process as a ``QProcess``, and the talk with it, from its start to its end."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import qt

from LightMSegmentationLib.worker.conversation import CANCEL_GRACE_SECONDS, Conversation, Heard, State
from LightMSegmentationLib.worker.interpreter import WorkerLaunch
from LightMSegmentationLib.worker.process_tree import end_process_tree

_MILLISECONDS_TO_END = 2000


class WorkerConnection:
    """Starts the process; `talk` is used to ask it, and tells the listener what it says.

    Parameters
    ----------
    launch
        How to start the process.
    listener
        Hears every event, on the main thread.
    """

    def __init__(self, launch: WorkerLaunch, listener: Callable[[Heard], object]) -> None:
        self.launch = launch
        process = qt.QProcess()
        self._process: Any = process
        self.talk = Conversation(process.write, listener)
        process.setProcessEnvironment(_qtEnvironment(launch))
        process.connect("readyReadStandardOutput()", self._read)
        process.connect("readyReadStandardError()", self._readLog)
        process.connect("finished(int,QProcess::ExitStatus)", self._onFinished)
        process.connect("errorOccurred(QProcess::ProcessError)", self._onError)
        process.start(str(launch.python), list(launch.arguments))

    @property
    def isUsable(self) -> bool:
        """Whether a job can be given to the process."""
        return self.talk.state is not State.ENDED

    @property
    def pid(self) -> int | None:
        """Number of the process that computes, None before it said hello and after its end."""
        return self.talk.hello.pid if self.talk.hello is not None and self.isUsable else None

    def cancel(self) -> None:
        """Ask the process to stop its job, and kill it with its children when it does not stop at once."""
        self.talk.cancel()
        qt.QTimer.singleShot(int(1000 * CANCEL_GRACE_SECONDS), self._killUnlessStopped)

    def hangUp(self) -> None:
        """Close the process's input, which ends it; do not wait."""
        if self._process is not None:
            self._process.closeWriteChannel()

    def end(self) -> None:
        """End the process, waiting for it a moment, by force if need be."""
        process = self._process
        if process is None:
            return
        self.talk.cancel()
        self.hangUp()
        if not process.waitForFinished(_MILLISECONDS_TO_END):
            self._kill()
            process.waitForFinished(_MILLISECONDS_TO_END)

    def _killUnlessStopped(self) -> None:
        if self.talk.state is State.CANCELLING:
            self._kill()

    def _kill(self) -> None:
        """End what was started and what said hello: ``PythonSlicer`` is a launcher before the worker."""
        if self._process is not None:
            pids = {self._process.processId(), self.pid}
            end_process_tree(pid for pid in pids if pid)

    def _read(self) -> None:
        self.talk.feed(_bytes(self._process.readAllStandardOutput()))

    def _readLog(self) -> None:
        self.talk.feed_log(_bytes(self._process.readAllStandardError()))

    def _onFinished(self, code: int, status: int) -> None:
        self._readLog()
        self._read()
        crashed = status == qt.QProcess.CrashExit
        self._letGo()
        self.talk.ended((None if os.name == "nt" else -code) if crashed else code)

    def _onError(self, error: int) -> None:
        if error == qt.QProcess.FailedToStart:
            reason = self._process.errorString()
            self._letGo()
            self.talk.failed_to_start(reason)

    def _letGo(self) -> None:
        """Delete the process later: one of its signals is being handled."""
        self._process.deleteLater()
        self._process = None


def _bytes(chunk: Any) -> bytes:
    """Return what is in a ``QByteArray``; PythonQt gives None for an empty one."""
    return chunk.data() or b""


def _qtEnvironment(launch: WorkerLaunch) -> Any:
    environment = qt.QProcessEnvironment()
    for name, value in launch.environment.items():
        environment.insert(name, value)
    return environment
