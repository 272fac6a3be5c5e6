"""The journal of a run survives interruptions and becomes a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.training.curves import draw_curves
from LightMSegmentationLib.training.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """Thirty steps, the last two of them repeated after an interruption, and two validations."""
    journal = Journal(tmp_path / "run")
    for step in [*range(1, 31), 29, 30]:
        journal.write("step", step=step, loss=1.0 / step if step < 29 else 5.0)
    journal.write("validation", step=15, stages={"fine": {"mean": {"liver": 0.5, "tumor": None}}})
    journal.write("validation", step=30, stages={"fine": {"mean": {"liver": 0.8, "tumor": 0.1}}})
    return journal


def test_a_repeated_step_counts_once_and_last(journal: Journal) -> None:
    steps = journal.entries("step")
    assert [entry["step"] for entry in steps] == list(range(1, 31))
    assert steps[-1]["loss"] == 5.0


def test_a_run_that_has_not_begun_has_an_empty_journal(tmp_path: Path) -> None:
    assert Journal(tmp_path / "nothing").entries("step") == []


def test_the_curves_become_a_picture(journal: Journal, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    draw_curves(journal, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
