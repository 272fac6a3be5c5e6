"""A worker process for code that may wait: command line, batch, browser, tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from LightMSegmentationLib.errors import LightMError
from LightMSegmentationLib.progress import SilentMonitor
from LightMSegmentationLib.worker.conversation import Completed
from LightMSegmentationLib.worker.interpreter import WorkerLaunch, worker_launch, worker_python
from LightMSegmentationLib.worker.protocol import BatchFinished, ModelAdded, Probed
from LightMSegmentationLib.worker.worker_process import WorkerProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

    from LightMSegmentationLib.batch.outcome import BatchSummary
    from LightMSegmentationLib.capabilities import Capabilities
    from LightMSegmentationLib.imaging.box import Box
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.inference.settings import SegmentationSettings
    from LightMSegmentationLib.model_manager.add import AddOptions
    from LightMSegmentationLib.progress import Monitor
    from LightMSegmentationLib.worker.conversation import Conversation, Heard

T = TypeVar("T", Completed, Probed, BatchFinished, ModelAdded)


class WorkerClient:
    """Starts a worker on the first job and keeps it warm; after a crash or kill the next job starts a new one.

    One thread runs jobs; `cancel` may be called from another. Use it as a context manager, or call `close`.

    Parameters
    ----------
    launch
        How to start the process; by default the Python of `worker_python`.
    on_log
        Called with each line that the worker prints.
    """

    def __init__(self, launch: WorkerLaunch | None = None, on_log: Callable[[str], object] | None = None) -> None:
        self._launch = launch or worker_launch(worker_python())
        self._on_log = on_log
        self._process: WorkerProcess | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Number of the running worker process, None when there is none."""
        return self._process.pid if self._process and self._process.is_usable() else None

    def segment(
        self,
        volume: Volume,
        settings: SegmentationSettings,
        monitor: Monitor | None = None,
        box: Box | None = None,
    ) -> SegmentationResult:
        """Segment ``volume`` (HU; k, j, i), inside ``box`` if given; labels lie on the volume's grid.

        Raises
        ------
        LightMError
            What the worker answered; `CancelledError` after `cancel` or when ``monitor`` raises it;
            `WorkerCrashedError` when it ended without an answer.
        """
        return self._run(lambda talk: talk.segment(volume, settings, box), Completed, monitor).result

    def probe(self, settings: SegmentationSettings) -> Capabilities:
        """Return what would really run with ``settings``; raises as `segment` does."""
        return self._run(lambda talk: talk.probe(settings), Probed).capabilities

    def batch(
        self,
        source: Path,
        target: Path,
        settings: SegmentationSettings,
        monitor: Monitor | None = None,
        on_event: Callable[[Heard], object] | None = None,
        suffix: str = ".seg.nrrd",
        series_rules: str = "",
    ) -> BatchSummary:
        """Segment every CT below ``source`` into ``target`` as ``suffix``; ``on_event`` hears of each case.

        ``series_rules`` choose series as ``lightm batch --series-filter`` does. Raises as `segment` does; what is
        finished by then stays finished.
        """
        return self._run(
            lambda talk: talk.batch(source, target, settings, suffix, series_rules), BatchFinished, monitor, on_event
        ).summary

    def add_model(self, path: Path, options: AddOptions) -> Path:
        """Add what is at ``path`` to the user's models and return its card; raises as `segment` does."""
        return Path(self._run(lambda talk: talk.add_model(path, options), ModelAdded).card)

    def cancel(self) -> None:
        """Stop the running job from another thread, within a second; without a job nothing happens."""
        if self._process:
            self._process.ask_to_cancel()

    def close(self) -> None:
        """End the worker; the next job would start a new one."""
        if self._process:
            self._process.close()
            self._process = None

    def _run(
        self,
        ask: Callable[[Conversation], object],
        kind: type[T],
        monitor: Monitor | None = None,
        on_event: Callable[[Heard], object] | None = None,
    ) -> T:
        process = self._ready_process()
        try:
            end = process.run(ask, monitor or SilentMonitor(), on_event)
        except LightMError:
            raise
        except BaseException:  # also KeyboardInterrupt: whoever leaves early must not leave a working process behind
            process.kill()
            raise
        if not isinstance(end, kind):
            message = f"expected {kind.__name__}, got {type(end).__name__}"
            raise TypeError(message)
        return end

    def _ready_process(self) -> WorkerProcess:
        if self._process is None or not self._process.is_usable():
            self.close()
            self._process = WorkerProcess(self._launch, self._on_log)
        return self._process
