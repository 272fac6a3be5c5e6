"""One worker process behind pipes, and the thread-safe inbox through which it is heard."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import threading
import time
from functools import partial
from typing import IO, TYPE_CHECKING

from LightMSegmentationLib.errors import CancelledError, ModelError
from LightMSegmentationLib.progress import SilentMonitor
from LightMSegmentationLib.worker import protocol
from LightMSegmentationLib.worker.conversation import (
    CANCEL_GRACE_SECONDS,
    JOB_ENDS,
    Conversation,
    Heard,
    Logged,
    State,
)
from LightMSegmentationLib.worker.failure import as_exception
from LightMSegmentationLib.worker.process_tree import end_process_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from LightMSegmentationLib.progress import Monitor
    from LightMSegmentationLib.worker.interpreter import WorkerLaunch

_CHUNK = 1 << 16
_SECONDS_TO_END = 2.0


class WorkerProcess:
    """A started worker: threads read its pipes into an inbox, which the thread that runs a job empties while it waits.

    Between jobs the reading threads empty the inbox themselves, so that an idle worker is let go.
    """

    def __init__(self, launch: WorkerLaunch, on_log: Callable[[str], object] | None) -> None:
        self._on_log = on_log
        self._inbox: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._attended = threading.Lock()
        self._end: Heard | None = None
        self._monitor: Monitor = SilentMonitor()
        self._on_event: Callable[[Heard], object] | None = None
        self._kill_at: float | None = None
        self._is_retired = False
        self._process = _start(launch)
        self._talk = Conversation(self._write, self._hear)
        readers = [
            self._read(self._process.stdout, self._talk.feed),
            self._read(self._process.stderr, self._talk.feed_log),
        ]
        threading.Thread(target=self._wait, args=(readers,), daemon=True).start()

    @property
    def pid(self) -> int:
        """Number of the process that computes, which a launcher may have started."""
        return self._talk.hello.pid if self._talk.hello else self._process.pid

    def is_usable(self) -> bool:
        """Tell whether the next job can go to this process."""
        self._take_unattended()
        return not self._is_retired and self._talk.state is not State.ENDED and self._process.poll() is None

    def run(
        self, ask: Callable[[Conversation], object], monitor: Monitor, on_event: Callable[[Heard], object] | None
    ) -> Heard:
        """Run one job to its end, on the calling thread; raise what it failed with."""
        with self._attended:
            self._end, self._monitor, self._on_event, self._kill_at = None, monitor, on_event, None
            ask(self._talk)
            end = self._wait_for_end()
        self._take_unattended()
        if isinstance(end, protocol.Failed):
            raise as_exception(end)
        return end

    def ask_to_cancel(self) -> None:
        """Stop the running job; from any thread."""
        self._post(self._cancel)

    def kill(self) -> None:
        """End the process and all its children at once."""
        end_process_tree({self._process.pid, self.pid})

    def close(self) -> None:
        """End the process by closing its input, or by force when it does not listen."""
        self._close_input()
        try:
            self._process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()

    def _wait_for_end(self) -> Heard:
        while self._end is None:
            self._step()
        return self._end

    def _step(self) -> None:
        """Handle the next thing that happens; kill the tree when a cancelled job does not stop in time."""
        timeout = None if self._kill_at is None else max(0.0, self._kill_at - time.monotonic())
        try:
            self._inbox.get(timeout=timeout)()
        except queue.Empty:
            self._kill_at = None
            self.kill()

    def _post(self, happening: Callable[[], object]) -> None:
        self._inbox.put(happening)
        self._take_unattended()

    def _take_unattended(self) -> None:
        """Empty the inbox, unless a job's own thread does; look again afterwards, for what came in between."""
        while not self._inbox.empty() and self._attended.acquire(blocking=False):
            try:
                with contextlib.suppress(queue.Empty):
                    while True:
                        self._inbox.get_nowait()()
            finally:
                self._attended.release()

    def _cancel(self) -> None:
        if self._talk.is_working and self._talk.state is not State.CANCELLING:
            self._talk.cancel()
            self._kill_at = time.monotonic() + CANCEL_GRACE_SECONDS

    def _hear(self, event: Heard) -> None:
        if isinstance(event, Logged):
            if self._on_log:
                self._on_log(event.text)
            return
        if isinstance(event, JOB_ENDS):
            self._end = event
        elif isinstance(event, protocol.Progress):
            self._report(event)
        elif isinstance(event, protocol.Idle) and not self._talk.is_working:
            self._is_retired = True
            self._close_input()
        if self._on_event:
            self._on_event(event)

    def _report(self, event: protocol.Progress) -> None:
        try:
            self._monitor.report(event.stage, event.done, event.total)
        except CancelledError:
            self._cancel()

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest and self._process.stdin:
            rest = rest[self._process.stdin.write(rest) :]

    def _close_input(self) -> None:
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()

    def _read(self, pipe: IO[bytes] | None, feed: Callable[[bytes], object]) -> threading.Thread:
        def read() -> None:
            if pipe is not None:
                with pipe:
                    while data := pipe.read(_CHUNK):
                        self._post(partial(feed, data))

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread

    def _wait(self, readers: list[threading.Thread]) -> None:
        """Tell that the process ended, after all that it printed."""
        for reader in readers:
            reader.join()
        returncode = self._process.wait()
        self._post(lambda: self._talk.ended(returncode))


def _start(launch: WorkerLaunch) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            launch.command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(launch.environment),
            start_new_session=os.name != "nt",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        cause = f"The Python of the segmentation process could not be started: {launch.python} ({error.strerror})."
        raise ModelError(cause, "Check the variable LIGHTM_WORKER_PYTHON.") from error
