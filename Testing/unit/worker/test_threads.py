"""How many cores the worker takes."""

from __future__ import annotations

import pytest
from LightMSegmentationLib.worker.threads import limit_threads, worker_threads


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 2), (3, 2), (4, 3), (16, 15)])
def test_one_core_is_left_to_slicer_where_there_are_more_than_two(cores: int, threads: int) -> None:
    assert worker_threads(cores) == threads


def test_what_the_user_chose_stays() -> None:
    environment = {"OMP_NUM_THREADS": "3"}
    limit_threads(environment)
    assert environment["OMP_NUM_THREADS"] == "3"
    assert int(environment["NUMBA_NUM_THREADS"]) >= 1
