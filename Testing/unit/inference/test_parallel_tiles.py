"""Tiles are predicted several at a time, with the same results in the same order."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import torch
from LightMSegmentationLib.inference.parallel_tiles import in_parallel

if TYPE_CHECKING:
    from collections.abc import Iterator

CPU = torch.device("cpu")
TILES = [torch.full((2, 2), float(number)) for number in range(9)]


@pytest.fixture(autouse=True)
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_results_come_in_the_order_of_the_tiles() -> None:
    assert [float(part.sum()) for part in in_parallel(lambda tile: 2 * tile, TILES, CPU)] == [
        8.0 * number for number in range(9)
    ]


def test_as_many_tiles_as_threads_are_in_work_together_with_one_thread_each() -> None:
    together, used = threading.Barrier(3, timeout=60), set()

    def meet(tile: torch.Tensor) -> torch.Tensor:
        together.wait()
        used.add(torch.get_num_threads())
        return tile

    assert len(list(in_parallel(meet, TILES, CPU))) == 9
    assert used == {1}
    assert torch.get_num_threads() == 3


def test_a_failing_tile_is_an_error_and_leaves_the_threads_as_they_were() -> None:
    def fail(tile: torch.Tensor) -> torch.Tensor:
        if tile[0, 0] == 4:
            message = "no memory"
            raise RuntimeError(message)
        return tile

    with pytest.raises(RuntimeError, match="no memory"):
        list(in_parallel(fail, TILES, CPU))
    assert torch.get_num_threads() == 3


def test_stopping_early_starts_no_further_tile() -> None:
    started = []
    with closing(in_parallel(lambda tile: started.append(tile) or tile, TILES, CPU)) as results:
        next(results)
    assert len(started) <= 4
    assert torch.get_num_threads() == 3
