"""Run jobs that release the interpreter lock on as many threads as torch may use."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import torch


@cache
def _pool(_process: int, threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="selective-scan")


def thread_count() -> int:
    """Return how many threads torch may use."""
    return torch.get_num_threads()


def run_all(job: Callable[..., None], arguments: Sequence[tuple]) -> None:
    """Call ``job`` with every tuple of ``arguments``; return when all are done, raise what the first failing one raised."""
    threads = min(torch.get_num_threads(), len(arguments))
    if threads <= 1:
        for item in arguments:
            job(*item)
        return
    # The process id keeps a forked child from waiting on threads that only its parent has.
    for future in [_pool(os.getpid(), threads).submit(job, *item) for item in arguments]:
        future.result()
