"""Decisions and leases of reviewers in the ledger of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.batch.ledger import NO_KEY, Ledger
from LightMSegmentationLib.batch.outcome import CaseOutcome, CaseState
from LightMSegmentationLib.batch.review_ledger import LEASE_SECONDS, Decision, Review, ReviewLedger
from LightMSegmentationLib.errors import UnusableInputError

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("a", "b", "c")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger"
    with Ledger(path) as ledger:
        for name in NAMES:
            ledger.record(CaseOutcome(name, CaseState.DONE), NO_KEY)
    return path


def test_two_reviewers_get_different_cases(path: Path, clock: Clock) -> None:
    with ReviewLedger(path, clock) as anna, ReviewLedger(path, clock) as ben:
        assert anna.lease_first(NAMES, "anna") == "a"
        assert ben.lease_first(NAMES, "ben") == "b"
        assert anna.holders() == {"a": "anna", "b": "ben"}


def test_a_reviewer_who_comes_back_gets_the_same_case(path: Path, clock: Clock) -> None:
    with ReviewLedger(path, clock) as ledger:
        ledger.lease_first(NAMES, "anna")
    with ReviewLedger(path, clock) as ledger:
        assert ledger.lease_first(NAMES, "anna") == "a"


def test_a_lease_ends_when_it_is_not_renewed(path: Path, clock: Clock) -> None:
    with ReviewLedger(path, clock) as ledger:
        ledger.lease("a", "anna")
        clock.seconds += LEASE_SECONDS - 1
        assert ledger.renew("a", "anna")
        clock.seconds += LEASE_SECONDS - 1
        assert not ledger.lease("a", "ben")
        clock.seconds += 2
        assert ledger.lease("a", "ben")
        assert not ledger.renew("a", "anna")


def test_who_takes_another_case_gives_the_first_back(path: Path, clock: Clock) -> None:
    with ReviewLedger(path, clock) as ledger:
        ledger.lease("a", "anna")
        ledger.lease("b", "anna")
        assert ledger.lease("a", "ben")


def test_who_asks_in_vain_keeps_what_they_have(path: Path, clock: Clock) -> None:
    with ReviewLedger(path, clock) as ledger:
        ledger.lease("a", "anna")
        ledger.lease("b", "ben")
        assert not ledger.lease("b", "anna")
        assert ledger.holders() == {"a": "anna", "b": "ben"}


def test_a_decision_is_kept_and_gives_the_case_back(path: Path, clock: Clock) -> None:
    review = Review("a", Decision.CORRECTED, "edge", "review/a.seg.nrrd", "2026-01-01T00:00:00+0000")
    with ReviewLedger(path, clock) as ledger:
        ledger.lease("a", "anna")
        ledger.decide(review, "anna")
        assert ledger.holders() == {}
    with ReviewLedger(path, clock) as ledger:
        assert ledger.reviews() == {"a": review}
        assert ledger.lease_first(NAMES, "anna") == "b"


def test_a_second_decision_replaces_the_first(path: Path, clock: Clock) -> None:
    with ReviewLedger(path, clock) as ledger:
        ledger.decide(Review("a", Decision.ACCEPTED), "anna")
        ledger.decide(Review("a", Decision.REJECTED, "motion"), "anna")
        assert ledger.reviews()["a"].decision is Decision.REJECTED


def test_nobody_decides_about_a_case_that_another_has(path: Path, clock: Clock) -> None:
    with ReviewLedger(path, clock) as ledger:
        ledger.lease("a", "ben")
        with pytest.raises(UnusableInputError, match="open in another browser"):
            ledger.decide(Review("a", Decision.ACCEPTED), "anna")
        assert ledger.reviews() == {}


def test_a_reviewer_who_leaves_gives_everything_back(path: Path, clock: Clock) -> None:
    with ReviewLedger(path, clock) as ledger:
        ledger.lease("a", "anna")
        ledger.release("anna")
        assert ledger.lease("a", "ben")


def test_when_all_is_decided_nothing_is_left(path: Path, clock: Clock) -> None:
    with ReviewLedger(path, clock) as ledger:
        for name in NAMES:
            ledger.decide(Review(name, Decision.ACCEPTED), "anna")
        assert ledger.lease_first(NAMES, "anna") is None


def test_the_batch_goes_on_with_a_ledger_that_was_reviewed(path: Path, clock: Clock) -> None:
    with ReviewLedger(path, clock) as ledger:
        ledger.decide(Review("a", Decision.ACCEPTED), "anna")
    with Ledger(path) as ledger:
        assert sorted(ledger.entries()) == ["a", "b", "c"]


def test_the_ledger_remembers_where_the_scans_were(path: Path, tmp_path: Path) -> None:
    with Ledger(path) as ledger:
        assert ledger.source() is None
        ledger.record_source(tmp_path)
        assert ledger.source() == tmp_path
