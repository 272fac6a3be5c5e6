"""A whole segmentation of one scan in a process of its own, as a user starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from LightMSegmentationLib.benchmark.comparison import Figures
from LightMSegmentationLib.errors import InternalError

MODES = ("fast", "full")


def segmentation_figures(scan: Path) -> list[Figures]:
    """Run ``lightm segment`` on a scan in both modes; processor seconds are those of the whole process."""
    return [_run(scan, mode) for mode in MODES]


def _run(scan: Path, mode: str) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        output = Path(folder) / "labels.nii.gz"
        words = ["segment", str(scan), "-o", str(output), "--mode", mode, "--report", str(report)]
        before, started = _children_cpu(), time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "LightMSegmentationLib.cli.main", *words],
            capture_output=True,
            text=True,
            check=False,
        )
        wall, cpu = time.perf_counter() - started, _children_cpu() - before
        if done.returncode:
            cause = f"The segmentation failed: {done.stderr.strip().splitlines()[-1] if done.stderr else 'no message'}"
            raise InternalError(cause, "Run lightm segment on the scan to see more.")
        document = json.loads(report.read_text(encoding="utf-8"))
        timings = {f"{stage} s": seconds for stage, seconds in document["timings_s"].items() if stage != "total"}
        return Figures(f"lightm segment --mode {mode}", wall, cpu, document["peak_memory_mib"] * 2**20 / 1e6, timings)


def _children_cpu() -> float:
    """Return the processor seconds of all child processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system
