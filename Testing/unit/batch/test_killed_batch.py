"""A batch that is killed at any moment loses nothing, does nothing twice, and leaves no half file."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import SimpleITK as sitk
from LightMSegmentationLib.batch.ledger import LEDGER_NAME, Ledger

from Testing.unit.batch.small_scans import write_scan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).resolve().parents[3]
CASES = [f"case{number}" for number in range(4)]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for number, name in enumerate(CASES):
        write_scan(tmp_path / "in" / f"{name}.nii.gz", seed=number)
    return tmp_path / "in"


@contextmanager
def batch(source: Path, target: Path, script: str = "tiles=2") -> Iterator[subprocess.Popen[str]]:
    """Start a batch; whatever happens, its process does not outlive the block."""
    command = [sys.executable, "-m", "Testing.unit.batch.batch_process", str(source), str(target), script]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def events(process: subprocess.Popen[str]) -> Iterator[list]:
    assert process.stdout is not None
    return map(json.loads, process.stdout)


def finished_cases(events: Iterable[list]) -> list[str]:
    return [event[1] for event in events if event[0] == "finished"]


def half_files(target: Path) -> list[str]:
    """Return the label files that can't be read, and what looks unfinished outside the staging folder."""
    unfinished = [path.name for path in target.glob(".lightm-????????*.seg.nrrd")]
    return unfinished + [path.name for path in target.glob("*.seg.nrrd") if not is_readable(path)]


def is_readable(path: Path) -> bool:
    try:
        sitk.ReadImage(str(path))
    except RuntimeError:
        return False
    return True


def test_kills_at_random_moments_lose_and_repeat_nothing(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    chance = random.Random(4)
    finished: Counter[str] = Counter()
    for _ in range(8):
        with batch(source, target) as process:
            finished.update(finished_cases(islice(events(process), chance.randrange(1, 16))))
        assert half_files(target) == []
    with batch(source, target) as process:
        finished.update(finished_cases(events(process)))
    with Ledger(target / LEDGER_NAME) as ledger:
        states = {name: entry.outcome.state.value for name, entry in ledger.entries().items()}
    assert states == dict.fromkeys(CASES, "done")
    assert max(finished.values()) == 1
    assert half_files(target) == []


def test_the_case_of_the_kill_is_done_last_by_the_next_run(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    with batch(source, target) as process:
        next(event for event in events(process) if event == ["report", "locate", 0, 2])
    with batch(source, target) as process:
        order = [event[1] for event in events(process) if event[0] == "started"]
    assert order == ["case1", "case2", "case3", "case0"]


def test_a_case_that_crashes_the_process_is_tried_after_all_others(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    with batch(source, target, "end=crash") as process:
        first = [event[1] for event in events(process) if event[0] == "started"]
    with batch(source, target) as process:
        second = [event[1] for event in events(process) if event[0] == "started"]
    assert (first, second) == (["case0"], ["case1", "case2", "case3", "case0"])


def test_a_killed_run_leaves_nothing_unfinished_behind_after_the_next(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    with batch(source, target) as process:
        next(event for event in events(process) if event[:2] == ["report", "write"])
    with batch(source, target) as process:
        assert list(events(process))[-1] == ["end"]
    assert {path.name for path in target.iterdir() if path.name.startswith(".")} == {".lightm-batch.lock"}


def test_two_processes_on_one_output_folder_do_not_meet(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    with batch(source, target, "end=hang") as first:
        next(event for event in events(first) if event[0] == "started")
        with batch(source, target) as second:
            (answer,) = events(second)
    assert answer[0] == "refused"
    assert f"process {first.pid}" in answer[1]
