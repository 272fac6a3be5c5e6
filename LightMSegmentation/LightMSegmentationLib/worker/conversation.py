"""A client's side of the talk with one worker process, whatever carries its bytes.

The same state machine serves `subprocess` (`worker.client`) and Qt's ``QProcess`` (the panel): the owner of the process
passes on what the process prints and that it ended, and hears typed events. Nothing in here blocks, starts threads or
knows of Qt.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from LightMSegmentationLib.codec import MalformedError
from LightMSegmentationLib.errors import LightMError, ModelError
from LightMSegmentationLib.worker import protocol
from LightMSegmentationLib.worker.answer import result_of
from LightMSegmentationLib.worker.failure import crashed, failed
from LightMSegmentationLib.worker.interpreter import CHECK_PYTHON
from LightMSegmentationLib.worker.lines import LineSplitter
from LightMSegmentationLib.worker.pending_job import PendingJob
from LightMSegmentationLib.worker.voxels import send_voxels, take_voxels

if TYPE_CHECKING:
    from collections.abc import Callable

    from LightMSegmentationLib.imaging.box import Box
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.inference.settings import SegmentationSettings
    from LightMSegmentationLib.model_manager.add import AddOptions

#: How long a worker may take to stop at the next tile before its process tree is killed (seconds).
CANCEL_GRACE_SECONDS = 0.5

_KEPT_LOG_LINES = 400


class State(Enum):
    """Where the talk stands."""

    STARTING = "starting"
    READY = "ready"
    BUSY = "busy"
    CANCELLING = "cancelling"
    ENDED = "ended"


@dataclass(frozen=True)
class Completed:
    """A `segment` job ended well: labels on the grid of the volume that was given, or the reasons for no liver."""

    id: int
    result: SegmentationResult


@dataclass(frozen=True)
class Logged:
    """A line that the worker or one of its libraries printed; it may hold anything and is for the log window only."""

    text: str


JOB_ENDS = (Completed, protocol.Probed, protocol.BatchFinished, protocol.ModelAdded, protocol.Failed)
"""What ends a job; a listener hears exactly one of them for each."""

Heard: TypeAlias = protocol.Event | Completed | Logged
"""What a listener hears; of the protocol's events all but `Segmented`, which becomes `Completed`."""


class Conversation:
    """Requests to a worker process, and what is heard from it; one job at a time.

    Parameters
    ----------
    send
        Writes bytes to the process's standard input; an `OSError` of it is taken as the process having ended.
    listener
        Called with each event, on the thread that calls `feed`, `feed_log`, `ended` or a request. Every job ends with
        exactly one `Completed`, `Probed`, `BatchFinished`, `ModelAdded` or `Failed`, and the state is READY or ENDED by
        then, so that the listener may start the next one.
    """

    def __init__(self, send: Callable[[bytes], object], listener: Callable[[Heard], object]) -> None:
        self._send_bytes = send
        self._listener = listener
        self._state = State.STARTING
        self._hello: protocol.Hello | None = None
        self._job: PendingJob | None = None
        self._last_job = 0
        self._out = LineSplitter()
        self._log = LineSplitter()
        self._printed: deque[str] = deque(maxlen=_KEPT_LOG_LINES)

    @property
    def state(self) -> State:
        """Where the talk stands."""
        return self._state

    @property
    def is_working(self) -> bool:
        """Whether a job has not ended yet; it may still wait for the process to start."""
        return self._job is not None

    @property
    def hello(self) -> protocol.Hello | None:
        """What the worker said about itself; its ``pid`` may differ from that of the process that was started."""
        return self._hello

    def segment(self, volume: Volume, settings: SegmentationSettings, box: Box | None = None) -> int:
        """Ask for the segmentation of ``volume`` (HU; k, j, i), inside ``box`` if given, and return the job's number.

        The voxels are written when the worker is ready: at once, or with its hello.

        Raises
        ------
        RuntimeError
            When a job is running or the process has ended.
        """
        job = self._next_job()

        def request(folder: Path) -> protocol.Request:
            name = send_voxels(volume.array, folder, f"volume-{job}.npy")
            return protocol.Segment(job, name, volume.grid, settings, box)

        return self._begin(PendingJob(job, request, volume.grid))

    def probe(self, settings: SegmentationSettings) -> int:
        """Ask what would really run; return and raise as `segment` does."""
        job = self._next_job()
        return self._begin(PendingJob(job, lambda _: protocol.Probe(job, settings)))

    def batch(
        self,
        source: Path,
        target: Path,
        settings: SegmentationSettings,
        suffix: str = ".seg.nrrd",
        series_rules: str = "",
    ) -> int:
        """Ask for the segmentation of all CT below ``source`` into ``target``; return and raise as `segment` does."""
        job = self._next_job()
        request = protocol.Batch(job, str(source), str(target), settings, suffix, series_rules)
        advice = "Finished cases are kept; run the batch again to continue."
        return self._begin(PendingJob(job, lambda _: request, advice_when_cancelled=advice))

    def add_model(self, path: Path, options: AddOptions) -> int:
        """Ask to add what is at ``path`` to the user's models; return and raise as `segment` does."""
        job = self._next_job()
        request = protocol.AddModel(job, str(path), options)
        return self._begin(PendingJob(job, lambda _: request))

    def cancel(self) -> None:
        """Ask the worker to stop its job.

        The owner kills the process tree when the state is still CANCELLING after `CANCEL_GRACE_SECONDS`. Either way the
        job ends with `Failed`, code ``cancelled``.
        """
        if self._job is None:
            return
        if self._state is State.BUSY:
            self._send(protocol.Cancel(self._job.id))
        self._state = State.CANCELLING

    def shutdown(self) -> None:
        """Ask the worker to end."""
        self._send(protocol.Shutdown())

    def feed(self, data: bytes) -> None:
        """Take in what the process wrote to standard output."""
        for line in self._out.feed(data):
            self._hear(line)

    def feed_log(self, data: bytes) -> None:
        """Take in what the process wrote to standard error."""
        for line in self._log.feed(data):
            self._note(line)

    def ended(self, returncode: int | None) -> None:
        """Take in that the process ended; a job that was running fails.

        ``returncode`` is the exit code, the negative number of a signal (as `subprocess` has it), or None when unknown.
        """
        if self._job is None:
            self._state = State.ENDED
        elif self._state is State.CANCELLING:
            self._finish(self._job.cancelled(), State.ENDED)
        else:
            self._finish(crashed(returncode, self._job.id, "\n".join(self._printed)), State.ENDED)

    def failed_to_start(self, reason: str) -> None:
        """Take in that the process could not be started at all; ``reason`` is what the system says."""
        self._state = State.ENDED
        if self._job is not None:
            cause = f"The Python of the segmentation process could not be started ({reason})."
            self._finish(failed(ModelError(cause, CHECK_PYTHON), self._job.id), State.ENDED)

    def _next_job(self) -> int:
        if self._state is State.ENDED or self._job is not None:
            message = "the worker has ended" if self._state is State.ENDED else "the worker is busy"
            raise RuntimeError(message)
        self._last_job += 1
        return self._last_job

    def _begin(self, job: PendingJob) -> int:
        """Take the job on; before the worker said hello it waits."""
        self._job = job
        if self._hello is not None:
            self._ask(job, self._hello)
        return job.id

    def _ask(self, job: PendingJob, hello: protocol.Hello) -> None:
        self._state = State.BUSY
        try:
            _check_version(hello)
            message = job.request(Path(hello.folder))
        except (LightMError, OSError, MemoryError) as error:
            self._finish(failed(error, job.id))
        else:
            self._send(message)

    def _send(self, request: protocol.Request) -> None:
        try:
            self._send_bytes(protocol.encode(request))
        except OSError as error:
            self._note(f"The worker's input is closed ({error.strerror}).")

    def _note(self, text: str) -> None:
        self._printed.append(text)
        self._listener(Logged(text))

    def _hear(self, line: str) -> None:
        fields = protocol.read_json_object(line)
        if fields is None:
            self._note(line)
            return
        try:
            event = protocol.decode_event(fields)
        except MalformedError as error:
            self._note(f"Ignored a message of the worker: {error}")
            return
        self._take(event)

    def _take(self, event: protocol.Event) -> None:
        if isinstance(event, protocol.Hello):
            self._greet(event)
        elif isinstance(event, protocol.Idle):
            self._listener(event)
        elif self._job is None or event.id != self._job.id:
            self._note(f"Ignored '{event.kind}' of job {event.id}")
        elif isinstance(event, protocol.Segmented):
            self._finish(self._complete(event, self._job))
        elif isinstance(event, JOB_ENDS):
            self._finish(event)
        elif self._state is State.BUSY or not isinstance(event, protocol.Progress):
            self._listener(event)

    def _greet(self, hello: protocol.Hello) -> None:
        self._hello = hello
        cancelling = self._state is State.CANCELLING
        self._state = State.READY
        self._listener(hello)
        if self._job is not None and cancelling:
            self._finish(self._job.cancelled())
        elif self._job is not None:
            self._ask(self._job, hello)

    def _finish(self, end: Heard, state: State = State.READY) -> None:
        """Tell how the job ended; one that was cancelled counts as such, whatever its answer was."""
        job, cancelling = self._job, self._state is State.CANCELLING
        self._job, self._state = None, state
        self._listener(job.cancelled() if job and cancelling else end)

    def _complete(self, event: protocol.Segmented, job: PendingJob) -> Completed | protocol.Failed:
        """Read the labels, also of a cancelled job: that removes their file."""
        try:
            labels = None
            if event.labels is not None and job.grid is not None and self._hello is not None:
                labels = take_voxels(Path(self._hello.folder), event.labels, job.grid)
        except (MalformedError, OSError, MemoryError) as error:
            return failed(error, job.id)
        return Completed(job.id, result_of(event, labels))


def _check_version(hello: protocol.Hello) -> None:
    if hello.protocol != protocol.PROTOCOL_VERSION:
        cause = f"The segmentation process speaks another version ({hello.protocol}) of the protocol."
        raise ModelError(cause, "Restart Slicer, or update LightMUNet in the Python of the segmentation process.")
