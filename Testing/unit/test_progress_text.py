"""Stages and remaining time are told as people say them."""

from __future__ import annotations

import pytest
from LightMSegmentationLib.progress import Stage
from LightMSegmentationLib.progress_text import STAGE_TITLES, remaining_text


def test_every_stage_has_a_title() -> None:
    assert set(STAGE_TITLES) == set(Stage)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0.0, ""),
        (0.4, "about 5 s left"),
        (7.0, "about 5 s left"),
        (88.0, "about 90 s left"),
        (91.0, "about 2 min left"),
        (300.0, "about 5 min left"),
        (9000.0, "about 2.5 h left"),
    ],
)
def test_the_remaining_time_is_told_as_people_say_it(seconds: float | None, text: str) -> None:
    assert remaining_text(seconds) == text
