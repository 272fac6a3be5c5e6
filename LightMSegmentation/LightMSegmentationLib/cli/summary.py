"""What a run found, in a few lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.cli.output_plan import DICOM, SLICER_SEGMENTATION, has_ending
from LightMSegmentationLib.measurement.volumes import volumes_beside, volumes_text

if TYPE_CHECKING:
    from LightMSegmentationLib.cli.segmentation_run import Outcome
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.measurement.findings import Findings


def summary_lines(outcome: Outcome) -> list[str]:
    """Return what was written and, in the last line, what was found or why no liver was."""
    lines = [f"Wrote {name}: {path}" for name, path in outcome.written.items()]
    result = outcome.result
    if result.labels is not None:
        return [*lines, *_label_lines(outcome), *_found_lines(result)]
    if outcome.kept is not None:
        lines.append(f"Left as it was, from an earlier run: {outcome.kept}")
    reasons = "; ".join(reason.rstrip(".") for reason in result.no_liver_reasons)
    missing = "No liver" if result.is_of_liver else "Nothing"
    return [*lines, f"{missing} found, so no segmentation was written: {reasons}."]


def _label_lines(outcome: Outcome) -> list[str]:
    """Return what the values of a label map are, where they are not those of liver and tumor."""
    result = outcome.result
    path = outcome.written.get("segmentation")
    if result.is_of_liver or path is None or has_ending(path, (SLICER_SEGMENTATION, DICOM)):
        return []
    named = (f"{segment.labels[0]} {segment.role.name}" for segment in result.segments)
    return [f"The labels are: {', '.join(named)}."]


def _found_lines(result: SegmentationResult) -> list[str]:
    """Return the findings, then the volumes of what they do not tell."""
    findings = [] if result.findings is None else [findings_line(result.findings)]
    others = volumes_beside(result.findings, result.segments, result.volumes_ml)
    return [*findings, *([f"Volumes: {volumes_text(others)}."] if others else [])]


def findings_line(findings: Findings) -> str:
    """Return liver volume, lesions and tumor burden in one line."""
    liver = f"Liver {findings.liver_volume_ml:.0f} mL"
    count = len(findings.lesions)
    if count == 0:
        return f"{liver}, no tumor found."
    largest = max(lesion.largest_axial_diameter_mm for lesion in findings.lesions)
    doubtful = sum(lesion.low_confidence for lesion in findings.lesions)
    return (
        f"{liver}, {count} tumor{'s' if count > 1 else ''} of {findings.tumor_volume_ml:.1f} mL in total"
        f" ({findings.tumor_burden_percent:.1f} % of the liver), the largest {largest:.0f} mm across"
        f"{f'; low confidence: {doubtful} of {count}' if doubtful else ''}."
    )
