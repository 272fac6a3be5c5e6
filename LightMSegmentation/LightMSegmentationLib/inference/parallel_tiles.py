"""Several tiles at once on a CPU, each computed by one thread."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from torch import Tensor

MOST_AT_ONCE = 8
"""Each tile in work needs memory of its own, 100 MB and more."""


def in_parallel(
    predict: Callable[[Tensor], Tensor], tiles: Sequence[Tensor], device: torch.device
) -> Generator[Tensor, None, None]:
    """Yield ``predict`` of every tile, in order.

    Threads that share a tile wait for each other in every operation. On a CPU with as many tiles as threads, each
    thread therefore takes a tile for itself; what is yielded is the same. Closing the generator waits for the tiles
    in work.
    """
    threads = min(torch.get_num_threads(), MOST_AT_ONCE)
    if device.type != "cpu" or threads == 1 or len(tiles) < threads:
        yield from map(predict, tiles)
        return
    with _one_thread_an_operation(), ThreadPoolExecutor(threads, "tile") as pool:
        waiting: deque[Future[Tensor]] = deque()
        for tile in tiles:
            waiting.append(pool.submit(predict, tile))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def _one_thread_an_operation() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
