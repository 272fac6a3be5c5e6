"""Where a batch stands and how long it still takes."""

from __future__ import annotations

import pytest
from LightMSegmentationLib.cli.batch_progress import BatchEstimate, BatchProgress
from LightMSegmentationLib.progress import Stage


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_whole_moves_with_the_running_case_and_never_back() -> None:
    clock = Clock()
    progress = BatchProgress("fast", 4, clock)
    fractions = []
    for _ in range(4):
        progress.begin_case()
        for done in range(5):
            clock.now += 1.0
            fractions.append(progress.report(Stage.LOCATE, done, 4).fraction)
        fractions.append(progress.end_case().fraction)
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert progress.state().seconds_left == 0.0


def test_the_first_case_tells_how_long_the_batch_takes() -> None:
    clock = Clock()
    progress = BatchProgress("fast", 3, clock)
    progress.begin_case()
    assert progress.state().seconds_left is None
    progress.report(Stage.LOCATE, 0, 2)
    clock.now = 50.0
    state = progress.report(Stage.LOCATE, 1, 2)
    assert state.case is not None
    assert state.case.seconds_left is not None
    assert state.seconds_left == pytest.approx(state.case.seconds_left + 2 * (50.0 + state.case.seconds_left))


def test_later_the_pace_of_the_ended_cases_counts() -> None:
    clock = Clock()
    progress = BatchProgress("fast", 10, clock)
    for _ in range(2):
        progress.begin_case()
        clock.now += 30.0
        state = progress.end_case()
    assert state.seconds_left == pytest.approx(240.0)


def test_a_batch_with_nothing_to_do_is_complete() -> None:
    assert BatchProgress("full", 0).state() == BatchEstimate(None, 1.0, 0.0)
