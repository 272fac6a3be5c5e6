"""Taking the time of several candidates in turns, so that whatever else the machine does meets all of them alike."""

from __future__ import annotations

import gc
import statistics
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from LightMSegmentationLib.freed_memory import freed_memory_kept, give_back_freed_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_SAMPLE_S = 0.005


@dataclass(frozen=True)
class Candidate:
    """Something to be measured; ``call`` does it once and returns when it is done, also on a GPU.

    ``facts`` are numbers that come from counting, by name and unit.
    """

    name: str
    call: Callable[[], object]
    facts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Figures:
    """Medians of a candidate's rounds, and the memory that a call held at most beyond what was there before."""

    name: str
    wall_s: float
    cpu_s: float
    peak_mb: float
    facts: Mapping[str, float]


def compare(candidates: Sequence[Candidate], rounds: int) -> list[Figures]:
    """Measure all candidates once in every round, after a call of each to warm up, which also finds its memory."""
    peaks = [_peak_mb(candidate.call) for candidate in candidates]
    seconds: list[list[tuple[float, float]]] = [[] for _ in candidates]
    with freed_memory_kept():
        for _ in range(rounds):
            for candidate, taken in zip(candidates, seconds, strict=True):
                taken.append(_seconds(candidate.call))
    return [
        Figures(
            candidate.name,
            statistics.median(wall for wall, _ in taken),
            statistics.median(cpu for _, cpu in taken),
            peak,
            candidate.facts,
        )
        for candidate, taken, peak in zip(candidates, seconds, peaks, strict=True)
    ]


def _seconds(call: Callable[[], object]) -> tuple[float, float]:
    """Return wall and processor seconds of a call, those of all threads together."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


def _peak_mb(call: Callable[[], object]) -> float:
    """Return how much the process grew at most during a call, in MB."""
    import psutil

    gc.collect()
    give_back_freed_memory()
    process = psutil.Process()
    before = peak = process.memory_info().rss
    ended = threading.Event()

    def sample() -> None:
        nonlocal peak
        while not ended.wait(_SAMPLE_S):
            peak = max(peak, process.memory_info().rss)

    sampler = threading.Thread(target=sample, name="memory")
    sampler.start()
    try:
        call()
    finally:
        ended.set()
        sampler.join()
    return (max(peak, process.memory_info().rss) - before) / 1e6
