"""How often tumors are brighter than the liver depends on the phase."""

from __future__ import annotations

import numpy as np
import pytest
from LightMSegmentationLib.training.tumor_looks import WASHED_OUT, draw_look


def part_brighter(phase: str) -> float:
    rng = np.random.default_rng(0)
    return float(np.mean([draw_look(phase, rng).contrast_hu[0] > 0 for _ in range(400)]))


def test_most_tumors_are_bright_in_the_arterial_phase_alone() -> None:
    assert part_brighter("late arterial") > 0.5
    assert part_brighter("portal venous (mostly)") < 0.2
    assert part_brighter("delayed") < 0.1


@pytest.mark.parametrize("phase", ["native/venous", ""])
def test_a_phase_without_looks_of_its_own_is_like_the_usual_one(phase: str) -> None:
    assert part_brighter(phase) == part_brighter("portal venous")


def test_delayed_tumors_have_bright_capsules() -> None:
    rng = np.random.default_rng(1)
    looks = [draw_look("delayed", rng) for _ in range(200)]
    assert looks.count(WASHED_OUT) > 60
    assert WASHED_OUT.rim_hu[0] > 0
