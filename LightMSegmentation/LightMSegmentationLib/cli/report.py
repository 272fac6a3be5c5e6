"""The JSON report of one run: enough to repeat it and to compare it, and no name of a patient."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from LightMSegmentationLib.versions import versions

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.cli.output_plan import OutputPlan
    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.inference.result import SegmentationResult

_MIB = 1024 * 1024


def report_document(
    result: SegmentationResult,
    *,
    mode: str,
    weights_sha256: dict[str, str],
    grid: Grid,
    notes: tuple[str, ...],
    timings: dict[str, float],
    peak_memory_bytes: int,
    outputs: dict[str, str],
) -> dict[str, object]:
    """Return the report as a document of plain types.

    Times are seconds, memory is MiB, volumes mL, lengths mm, positions RAS. The scan is described by its grid only: its
    name, often a patient's, is left out. ``outputs`` are paths relative to the report.
    """
    return {
        "status": "no-liver" if result.labels is None else "segmented",
        "mode": mode,
        "device": result.device,
        "backend": result.backend,
        "model": {"name": result.model, "version": result.model_version, "weights_sha256": weights_sha256},
        "versions": versions(),
        "scan": {"size": list(grid.size), "spacing_mm": [round(step, 4) for step in grid.spacing]},
        "timings_s": {stage: round(seconds, 3) for stage, seconds in timings.items()},
        "peak_memory_mib": round(peak_memory_bytes / _MIB, 1),
        "outputs": outputs,
        "findings": None if result.findings is None else result.findings.as_plain(),
        "no_liver_reasons": list(result.no_liver_reasons),
        "notes": list(notes),
    }


def outputs_from(plan: OutputPlan, written: dict[str, Path]) -> dict[str, str]:
    """Return the written files as paths relative to the report's folder, so that a moved folder keeps its links."""
    folder = plan.report.absolute().parent if plan.report else None
    return {name: _relative(path, folder) for name, path in written.items()}


def write_report(document: dict[str, object], path: Path) -> None:
    """Write the report as UTF-8 JSON."""
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _relative(path: Path, folder: Path | None) -> str:
    try:
        return os.path.relpath(path.absolute(), folder)
    except ValueError:  # another drive of Windows
        return str(path.absolute())
