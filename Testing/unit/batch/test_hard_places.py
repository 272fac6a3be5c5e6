"""A batch where the disk is full, inputs can't be written to, and paths are long or not in ASCII."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from LightMSegmentationLib.batch.order import BatchOrder
from LightMSegmentationLib.batch.outcome import BatchSummary
from LightMSegmentationLib.batch.runner import run_batch
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.progress import SilentMonitor

from Testing.data.scripted_engine import ScriptedEngine
from Testing.stress.results import half_files, ledger_states, unknown_files
from Testing.unit.batch.small_scans import write_scan

ROOT = Path(__file__).resolve().parents[3]

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
from Testing.unit.batch.batch_process import main
main()
"""


def run(source: Path, target: Path) -> BatchSummary:
    order = BatchOrder(source, target, SegmentationSettings(model="script:tiles=2"), "model")
    *_, summary = run_batch(order, ScriptedEngine().segment, SilentMonitor())
    assert isinstance(summary, BatchSummary)
    return summary


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files that a test could set")
@pytest.mark.parametrize("limit", [1_000, 6_000, 30_000, 60_000])
def test_a_disk_that_is_full_at_any_moment_costs_only_what_was_not_finished(tmp_path: Path, limit: int) -> None:
    for number in range(2):
        write_scan(tmp_path / "in" / f"case{number}" / "ct.nii.gz", seed=number)
    command = [sys.executable, "-c", LIMITED, str(limit), str(tmp_path / "in"), str(tmp_path / "out"), "tiles=2"]
    limited = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    told = limited.stdout + limited.stderr
    assert "disk is full" in told or "its free space" in told or '"failed"' in told
    assert half_files(tmp_path / "out") == []
    assert run(tmp_path / "in", tmp_path / "out").done == 2
    assert ledger_states(tmp_path / "out") == {"case0": "done", "case1": "done"}
    assert unknown_files(tmp_path / "out") == []


def test_a_path_longer_than_260_characters_is_a_case_like_any_other(tmp_path: Path) -> None:
    deep = Path(*["long name 肝 " + "x" * 44] * 5)
    write_scan(tmp_path / "in" / deep / "ct.nii.gz")
    assert len(str(tmp_path / "in" / deep)) > 260
    assert run(tmp_path / "in", tmp_path / "out").done == 1
    assert (tmp_path / "out" / deep / "ct.seg.nrrd").is_file()


@pytest.mark.skipif(os.name == "nt", reason="Windows marks folders that can't be written to in another way")
def test_the_input_is_read_only_and_stays_as_it_was(tmp_path: Path) -> None:
    scan = write_scan(tmp_path / "in" / "ct.nii.gz")
    scan.chmod(0o444)
    scan.parent.chmod(0o555)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "in").rglob("*")}
    try:
        assert run(tmp_path / "in", tmp_path / "out").done == 1
    finally:
        scan.parent.chmod(0o755)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "in").rglob("*")} == before
