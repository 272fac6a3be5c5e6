"""The fraction moves evenly and the remaining time is what the pace so far says."""

from __future__ import annotations

import pytest
from LightMSegmentationLib.progress import Stage
from LightMSegmentationLib.progress_estimate import STAGE_SHARES, ProgressEstimate

SHARES = {Stage.READ: 1.0, Stage.LOCATE: 4.0, Stage.DELINEATE: 5.0}


class Clock:
    """Seconds that move only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def estimate(clock: Clock) -> ProgressEstimate:
    return ProgressEstimate(SHARES, clock)


def test_the_fraction_follows_the_shares_of_the_stages(estimate: ProgressEstimate) -> None:
    fractions = [
        estimate.update(Stage.READ, 1, 1).fraction,
        estimate.update(Stage.LOCATE, 1, 2).fraction,
        estimate.update(Stage.DELINEATE, 5, 5).fraction,
    ]
    assert fractions == pytest.approx([0.1, 0.3, 1.0])


def test_the_fraction_never_moves_back(estimate: ProgressEstimate) -> None:
    ahead = estimate.update(Stage.DELINEATE, 1, 5).fraction
    assert estimate.update(Stage.LOCATE, 1, 2).fraction == ahead


def test_no_remaining_time_is_given_before_it_can_be_known(estimate: ProgressEstimate, clock: Clock) -> None:
    clock.now += 3.0
    assert estimate.update(Stage.READ, 1, 2).seconds_left is None


def test_the_remaining_time_of_a_steady_run_is_exact(estimate: ProgressEstimate, clock: Clock) -> None:
    clock.now += 1.0
    estimate.update(Stage.LOCATE, 0, 4)
    clock.now += 2.0
    assert estimate.update(Stage.LOCATE, 2, 4).seconds_left == pytest.approx(7.0)


def test_a_stage_slower_than_its_share_lengthens_the_remaining_time(estimate: ProgressEstimate, clock: Clock) -> None:
    clock.now += 1.0
    estimate.update(Stage.LOCATE, 0, 4)
    clock.now += 4.0
    assert estimate.update(Stage.LOCATE, 2, 4).seconds_left == pytest.approx(4.0 + 0.5 * 5.0 / 0.3)


def test_a_finished_run_has_no_time_left(estimate: ProgressEstimate, clock: Clock) -> None:
    clock.now += 9.0
    assert estimate.update(Stage.DELINEATE, 3, 3).seconds_left == 0.0


def test_a_stage_without_a_share_leaves_the_fraction_where_it_is(estimate: ProgressEstimate) -> None:
    reached = estimate.update(Stage.LOCATE, 2, 4).fraction
    assert estimate.update(Stage.WRITE, 1, 2).fraction == reached


def test_a_stage_of_unknown_length_is_at_its_beginning(estimate: ProgressEstimate) -> None:
    assert estimate.update(Stage.LOCATE, 0, 0).fraction == pytest.approx(0.1)


@pytest.mark.parametrize("mode", sorted(STAGE_SHARES))
def test_every_mode_ends_with_writing(mode: str) -> None:
    estimate = ProgressEstimate(STAGE_SHARES[mode], Clock())
    assert estimate.update(Stage.WRITE, 1, 1).fraction == pytest.approx(1.0)
