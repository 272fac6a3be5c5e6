"""What a run found, in a few lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from LightMSegmentationLib.cli.segmentation_run import Outcome
    from LightMSegmentationLib.measurement.findings import Findings


def summary_lines(outcome: Outcome) -> list[str]:
    """Return what was written and, in the last line, what was found or why no liver was."""
    lines = [f"Wrote {name}: {path}" for name, path in outcome.written.items()]
    if outcome.result.findings is not None:
        return [*lines, findings_line(outcome.result.findings)]
    if outcome.result.labels is not None:
        return lines
    if outcome.kept is not None:
        lines.append(f"Left as it was, from an earlier run: {outcome.kept}")
    reasons = "; ".join(reason.rstrip(".") for reason in outcome.result.no_liver_reasons)
    return [*lines, f"No liver found, so no segmentation was written: {reasons}."]


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
