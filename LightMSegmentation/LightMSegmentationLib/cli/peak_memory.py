"""The most memory that the command and its child processes held together."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    import psutil

_INTERVAL_S = 0.1


class PeakMemory:
    """Samples the resident memory of the whole process tree in a thread while the context is open.

    The process's own high-water mark, which no sampling can miss, is a lower bound of the result.
    """

    def __init__(self) -> None:
        self._peak = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="peak-memory", daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def bytes(self) -> int:
        """Peak so far, in bytes."""
        return max(self._peak, tree_memory(), _own_high_water())

    def _sample(self) -> None:
        while not self._stop.wait(_INTERVAL_S):
            self._peak = max(self._peak, tree_memory())


def tree_memory() -> int:
    """Return the resident memory of this process and all its descendants, in bytes."""
    import psutil

    this = psutil.Process()
    return sum(_resident(process) for process in (this, *this.children(recursive=True)))


def _resident(process: psutil.Process) -> int:
    """Return a process's resident bytes, 0 when it ended since it was listed."""
    import psutil

    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _own_high_water() -> int:
    """Return the most that this process has held.

    On Linux this is ``VmHWM`` (see proc_pid_status(5)): ``ru_maxrss`` starts with what the process had that started it.
    """
    import psutil

    status = Path("/proc/self/status")
    if status.exists():
        marks = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return 1024 * int(marks["VmHWM"].split()[0])
    information = psutil.Process().memory_info()
    if hasattr(information, "peak_wset"):  # Windows
        return int(information.peak_wset)
    import resource

    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # of macOS, in bytes
