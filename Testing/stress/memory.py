"""How much memory a batch takes from case to case."""

from __future__ import annotations

import json
import subprocess
from statistics import mean
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Sequence

_MIB = 1 << 20


def memory_after_each_case(command: Sequence[str]) -> list[float]:
    """Run a batch that writes JSON lines and return the memory (MiB) of all its processes after each case."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as run:
        assert run.stdout is not None
        return [_tree_mib(run.pid) for line in run.stdout if json.loads(line)["event"] == "case-finished"]


def growth(sizes: Sequence[float]) -> tuple[float, float]:
    """Return the mean memory (MiB) of the second tenth of the cases, when all is loaded, and of the last tenth."""
    tenths = by_tenths(sizes)
    return tenths[1], tenths[-1]


def by_tenths(sizes: Sequence[float]) -> list[float]:
    """Return the mean memory (MiB) of each tenth of the cases."""
    tenth = max(1, len(sizes) // 10)
    return [mean(sizes[start : start + tenth]) for start in range(0, len(sizes) - tenth + 1, tenth)]


def _tree_mib(pid: int) -> float:
    root = psutil.Process(pid)
    return sum(process.memory_info().rss for process in (root, *root.children(recursive=True))) / _MIB
