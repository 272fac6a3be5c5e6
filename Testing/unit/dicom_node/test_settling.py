"""A study is due when nothing has arrived for it for a while."""

from __future__ import annotations

import threading

from LightMSegmentationLib.dicom_node.settling import SettlingStudies


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_study_is_due_when_it_has_settled() -> None:
    clock = Clock()
    studies = SettlingStudies(10.0, clock)
    studies.arrived("a")
    assert studies.take(timeout=0) is None
    clock.now = 10.0
    assert studies.take(timeout=0) == "a"
    assert studies.take(timeout=0) is None


def test_every_arrival_starts_the_waiting_anew() -> None:
    clock = Clock()
    studies = SettlingStudies(10.0, clock)
    studies.arrived("a")
    clock.now = 9.0
    studies.arrived("a")
    clock.now = 18.0
    assert studies.take(timeout=0) is None
    clock.now = 19.0
    assert studies.take(timeout=0) == "a"


def test_studies_come_in_the_order_in_which_they_settled() -> None:
    clock = Clock()
    studies = SettlingStudies(1.0, clock)
    for number, study in enumerate("bac"):
        clock.now = float(number)
        studies.arrived(study)
    clock.now = 9.0
    assert [studies.take(timeout=0) for _ in range(3)] == ["b", "a", "c"]


def test_a_postponed_study_comes_earlier_when_something_arrives_for_it() -> None:
    clock = Clock()
    studies = SettlingStudies(1.0, clock)
    studies.arrived("a")
    studies.postpone("a", 60.0)
    clock.now = 1.0
    assert studies.take(timeout=0) == "a"
    studies.postpone("a", 60.0)
    assert studies.take(timeout=0) is None
    clock.now = 61.0
    assert studies.take(timeout=0) == "a"


def test_an_arrival_wakes_who_waits() -> None:
    studies = SettlingStudies(0.0)
    taken: list[str | None] = []
    waiting = threading.Thread(target=lambda: taken.append(studies.take(timeout=30)))
    waiting.start()
    studies.arrived("a")
    waiting.join(timeout=30)
    assert taken == ["a"]
