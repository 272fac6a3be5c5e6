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

from LightMSegmentationLib.errors import CancelledError, LightMError, ModelError
from LightMSegmentationLib.inference.result import SegmentationResult
from LightMSegmentationLib.worker import protocol
from LightMSegmentationLib.worker.codec import MalformedError
from LightMSegmentationLib.worker.failure import crashed, failed
from LightMSegmentationLib.worker.lines import LineSplitter
from LightMSegmentationLib.worker.voxels import send_voxels, take_voxels

if TYPE_CHECKING:
    from collections.abc import Callable

    from LightMSegmentationLib.imaging.box import Box
    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.inference.settings import SegmentationSettings

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


Heard: TypeAlias = protocol.Event | Completed | Logged
"""What a listener hears; of the protocol's events all but `Segmented`, which becomes `Completed`."""

_ENDS = (protocol.Segmented, protocol.Probed, protocol.BatchFinished, protocol.Failed)


class Conversation:
    """Requests to a worker process, and what is heard from it; one job at a time.

    Parameters
    ----------
    send
        Writes bytes to the process's standard input; an `OSError` of it is taken as the process having ended.
    listener
        Called with each event, on the thread that calls `feed`, `feed_log`, `ended` or a request. Every job ends with
        exactly one `Completed`, `Probed`, `BatchFinished` or `Failed`, and the state is READY or ENDED by then, so that
        the listener may start the next one.
    """

    def __init__(self, send: Callable[[bytes], object], listener: Callable[[Heard], object]) -> None:
        self._send_bytes = send
        self._listener = listener
        self._state = State.STARTING
        self._hello: protocol.Hello | None = None
        self._job: int | None = None
        self._last_job = 0
        self._grid: Grid | None = None
        self._waiting: Callable[[Path], protocol.Request] | None = None
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
        job = self._begin()
        self._grid = volume.grid

        def request(folder: Path) -> protocol.Request:
            name = send_voxels(volume.array, folder, f"volume-{job}.npy")
            return protocol.Segment(job, name, volume.grid, settings, box)

        self._ask(request)
        return job

    def probe(self, settings: SegmentationSettings) -> int:
        """Ask what would really run; return and raise as `segment` does."""
        job = self._begin()
        self._ask(lambda _: protocol.Probe(job, settings))
        return job

    def batch(self, source: Path, target: Path, settings: SegmentationSettings, suffix: str = ".seg.nrrd") -> int:
        """Ask for the segmentation of all CT below ``source`` into ``target``; return and raise as `segment` does."""
        job = self._begin()
        self._ask(lambda _: protocol.Batch(job, str(source), str(target), settings, suffix))
        return job

    def cancel(self) -> None:
        """Ask the worker to stop its job.

        The owner kills the process tree when the state is still CANCELLING after `CANCEL_GRACE_SECONDS`. Either way the
        job ends with `Failed`, code ``cancelled``.
        """
        if self._job is None:
            return
        self._state = State.CANCELLING
        if self._waiting is None:
            self._send(protocol.Cancel(self._job))

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
        cancelling = self._state is State.CANCELLING
        self._state = State.ENDED
        if self._job is not None:
            job = self._end_job()
            self._listener(_cancelled(job) if cancelling else crashed(returncode, job, "\n".join(self._printed)))

    def failed_to_start(self, reason: str) -> None:
        """Take in that the process could not be started at all; ``reason`` is what the system says."""
        self._state = State.ENDED
        if self._job is not None:
            cause = f"The Python of the segmentation process could not be started ({reason})."
            advice = "Check the setting LightMUNet/WorkerPython and the variable LIGHTM_WORKER_PYTHON."
            self._listener(failed(ModelError(cause, advice), self._end_job()))

    def _begin(self) -> int:
        if self._state is State.ENDED or self._job is not None:
            message = "the worker has ended" if self._state is State.ENDED else "the worker is busy"
            raise RuntimeError(message)
        self._last_job += 1
        self._job = self._last_job
        return self._job

    def _ask(self, request: Callable[[Path], protocol.Request]) -> None:
        """Send the request of the current job, or keep it until the worker says hello."""
        if self._hello is None:
            self._waiting = request
            return
        self._waiting = None
        self._state = State.BUSY
        try:
            message = request(Path(self._hello.folder))
        except (LightMError, OSError, MemoryError) as error:
            self._state = State.READY
            self._listener(failed(error, self._end_job()))
            return
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
        elif event.id != self._job:
            self._note(f"Ignored '{event.kind}' of job {event.id}")
        elif isinstance(event, _ENDS):
            self._finish(event)
        elif self._state is State.BUSY or not isinstance(event, protocol.Progress):
            self._listener(event)

    def _greet(self, hello: protocol.Hello) -> None:
        cancelled = self._state is State.CANCELLING
        self._hello = hello
        self._state = State.READY
        self._listener(hello)
        if cancelled and self._job is not None:
            self._waiting = None
            self._listener(_cancelled(self._end_job()))
        elif hello.protocol != protocol.PROTOCOL_VERSION and self._job is not None:
            self._listener(failed(_other_version(hello), self._end_job()))
        elif self._waiting is not None:
            self._ask(self._waiting)

    def _finish(self, event: protocol.Segmented | protocol.Probed | protocol.BatchFinished | protocol.Failed) -> None:
        cancelled = self._state is State.CANCELLING
        grid = self._grid
        job = self._end_job()
        self._state = State.READY
        heard: Heard = self._complete(event, grid) if isinstance(event, protocol.Segmented) else event
        self._listener(_cancelled(job) if cancelled else heard)

    def _complete(self, event: protocol.Segmented, grid: Grid | None) -> Completed | protocol.Failed:
        """Read the labels also of a cancelled job: that removes their file."""
        try:
            folder = Path(self._hello.folder) if self._hello else Path()
            labels = take_voxels(folder, event.labels, grid) if event.labels is not None and grid is not None else None
        except (MalformedError, OSError, MemoryError) as error:
            return failed(error, event.id)
        return Completed(event.id, _result(event, labels))

    def _end_job(self) -> int:
        job = self._job or 0
        self._job = self._grid = self._waiting = None
        return job


def _result(event: protocol.Segmented, labels: Volume | None) -> SegmentationResult:
    return SegmentationResult(
        labels=labels,
        findings=event.findings,
        no_liver_reasons=event.no_liver_reasons,
        notes=event.notes,
        device=event.device,
        backend=event.backend,
        model=event.model,
        model_version=event.model_version,
        timings=event.timings,
    )


def _cancelled(job: int) -> protocol.Failed:
    error = CancelledError()
    return protocol.Failed(job, error.code, None, error.cause, error.advice, "")


def _other_version(hello: protocol.Hello) -> ModelError:
    cause = (
        f"The segmentation process speaks version {hello.protocol} of the protocol, not {protocol.PROTOCOL_VERSION}."
    )
    return ModelError(cause, "Restart Slicer, or update LightMUNet in the Python of the segmentation process.")
