"""How many cores the worker takes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import MutableMapping


def limit_threads(environment: MutableMapping[str, str] = os.environ) -> None:
    """Leave a core to Slicer where there are more than two, unless the user chose; call it before torch is imported."""
    count = str(worker_threads(_usable_cores()))
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        environment.setdefault(name, count)


def worker_threads(cores: int) -> int:
    """Return how many threads compute on so many cores."""
    return cores if cores <= 2 else cores - 1


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
