"""The JSON report of one case: what ran on it and what was found, without the name of the patient or of a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from LightMSegmentationLib.versions import versions

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.batch.outcome import CaseOutcome
    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.inference.settings import SegmentationSettings


def report_document(
    outcome: CaseOutcome, result: SegmentationResult, grid: Grid, settings: SegmentationSettings, notes: tuple[str, ...]
) -> dict[str, object]:
    """Return the report as plain types: seconds, mL, mm, RAS positions; the keys are those of ``lightm segment``."""
    return {
        "status": outcome.state.value,
        "mode": settings.mode.value,
        "device": result.device,
        "backend": result.backend,
        "model": {"name": result.model, "version": result.model_version},
        "versions": versions(),
        "scan": {"size": list(grid.size), "spacing_mm": [round(step, 4) for step in grid.spacing]},
        "seconds": round(outcome.seconds, 3),
        "timings_s": {stage: round(seconds, 3) for stage, seconds in result.timings.items()},
        "findings": None if result.findings is None else result.findings.as_plain(),
        "no_liver_reasons": list(result.no_liver_reasons),
        "notes": list(notes),
    }


def write_report(document: dict[str, object], path: Path) -> None:
    """Write the report as UTF-8 JSON."""
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", errors="replace")
