"""Figures as a Markdown table or as a JSON document."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from LightMSegmentationLib.benchmark.comparison import Figures

_COLUMNS = ("", "wall s", "CPU s", "ratio", "peak MB")


def machine() -> dict[str, str]:
    """Return what figures depend on: processor, threads, load when they were taken, versions."""
    import numba
    import torch

    from LightMSegmentationLib import __version__

    facts = {
        "processor": _processor(),
        "vector instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": str(torch.get_num_threads()),
        "lightm": __version__,
        "torch": torch.__version__,
        "numba": numba.__version__,
        "python": platform.python_version(),
    }
    if hasattr(os, "getloadavg"):
        facts["load of the machine"] = f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    if torch.cuda.is_available():
        facts["gpu"] = torch.cuda.get_device_name()
    return facts


def markdown(title: str, figures: Sequence[Figures]) -> str:
    """Return a table, one row a candidate; ratios are processor seconds over those of the first."""
    names = list(dict.fromkeys(name for row in figures for name in row.facts))
    lines = [
        f"**{title}**",
        "",
        _row([*_COLUMNS, *names]),
        _row(["---", *["---:"] * (len(_COLUMNS) - 1 + len(names))]),
    ]
    for row in figures:
        ratio = row.cpu_s / figures[0].cpu_s if figures[0].cpu_s else float("nan")
        cells = [row.name, f"{row.wall_s:.3f}", f"{row.cpu_s:.3f}", f"{ratio:.2f}", f"{row.peak_mb:.0f}"]
        lines.append(_row([*cells, *(_number(row.facts.get(name)) for name in names)]))
    return "\n".join(lines)


def document(title: str, figures: Sequence[Figures]) -> dict[str, object]:
    """Return the same for JSON."""
    rows = [
        {"name": row.name, "wall_s": row.wall_s, "cpu_s": row.cpu_s, "peak_mb": row.peak_mb, **row.facts}
        for row in figures
    ]
    return {"title": title, "machine": machine(), "rows": rows}


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}"


def _processor() -> str:
    from pathlib import Path

    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
