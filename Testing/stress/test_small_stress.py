"""The stress in small, with a scripted engine in place of the network; ``python -m Testing.stress`` is the whole."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

from Testing.stress.killed_batch import survive
from Testing.stress.memory import growth
from Testing.stress.results import ledger_states, unknown_files
from Testing.stress.scan_folder import make_scan_folder
from Testing.unit.batch.small_scans import write_scan

ROOT = Path(__file__).resolve().parents[2]


def test_ten_cases_survive_three_kills(tmp_path: Path) -> None:
    chance = random.Random(1)
    scan = write_scan(tmp_path / "scan.nii.gz", seed=1)
    source = make_scan_folder(tmp_path / "in", [scan], 10, chance)
    command = [sys.executable, "-m", "Testing.stress.scripted_batch", str(source.path), str(tmp_path / "out")]
    told = survive(command, tmp_path / "out", 3, (3, 24), chance, {**os.environ, "PYTHONPATH": str(ROOT)})
    assert (told.kills, told.done_twice, told.half_files) == (3, [], [])
    assert ledger_states(tmp_path / "out") == dict.fromkeys(source.good, "done") | dict.fromkeys(
        source.broken, "failed"
    )
    assert unknown_files(tmp_path / "out") == []
    assert not (tmp_path / "out" / ".lightm-staging").exists()


def test_growth_compares_the_time_when_all_is_loaded_with_the_end() -> None:
    assert growth([50.0, 60.0, *[100.0] * 16, 104.0, 106.0]) == (100.0, 105.0)
