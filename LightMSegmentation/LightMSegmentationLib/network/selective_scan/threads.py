"""Run jobs that release the interpreter lock on as many threads as torch may use."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import torch

_Result = TypeVar("_Result")


def thread_count() -> int:
    """Return how many threads torch may use."""
    return torch.get_num_threads()


@cache
def _pool(_process: int, threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "selective-scan")


def run_all(job: Callable[..., _Result], arguments: Sequence[tuple]) -> list[_Result]:
    """Return what ``job`` returns for every tuple of ``arguments``; raise what the first failing one raised."""
    if min(thread_count(), len(arguments)) <= 1:
        return [job(*item) for item in arguments]
    # The process id keeps a forked child from waiting on threads that only its parent has.
    pool = _pool(os.getpid(), thread_count())
    return [future.result() for future in [pool.submit(job, *item) for item in arguments]]
