"""The JSON report of one segmentation: enough to repeat it and to compare it, and no name of a patient."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from LightMSegmentationLib.versions import versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.inference.settings import Mode
    from LightMSegmentationLib.segment_role import LabeledSegment


def report_document(
    result: SegmentationResult, mode: Mode, grid: Grid, notes: Iterable[str], timings: Mapping[str, float]
) -> dict[str, object]:
    """Return the report of ``result`` as plain types: seconds, mL, mm, positions RAS.

    The scan is described by its ``grid`` only: its name, often a patient's, is left out. ``notes`` and ``timings`` are
    those of the whole run, from reading to writing.
    """
    return {
        "status": "no-liver" if result.labels is None else "segmented",
        "mode": mode.value,
        "device": result.device,
        "backend": result.backend,
        "model": {"name": result.model, "version": result.model_version, "weights_sha256": result.weights_sha256},
        "versions": versions(),
        "scan": {"size": list(grid.size), "spacing_mm": [round(step, 4) for step in grid.spacing]},
        "timings_s": {stage: round(seconds, 3) for stage, seconds in timings.items()},
        "segments": [_segment(segment, result.volumes_ml) for segment in result.segments],
        "findings": None if result.findings is None else result.findings.as_plain(),
        "no_liver_reasons": list(result.no_liver_reasons),
        "notes": list(notes),
    }


def _segment(segment: LabeledSegment, volumes_ml: Mapping[str, float]) -> dict[str, object]:
    """Return what a segment is called, the labels that it holds, and its volume; None where nothing was found."""
    role = segment.role
    return {"name": role.name, "labels": list(segment.labels), "volume_ml": volumes_ml.get(role.segment_id)}


def write_report(document: Mapping[str, object], path: Path) -> None:
    """Write the report as UTF-8 JSON; bytes of file names that are no text, in a note, become question marks."""
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", errors="replace")
