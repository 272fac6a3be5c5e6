"""The scores of an evaluation as means, by groups, and as Markdown."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Scores = dict[str, Any]
"""What `evaluation.score_case` returns."""
THIN_MM, THICK_MM = 2.5, 4.0
LARGE_MM = 20.0


def summary(scores: list[Scores]) -> dict[str, Any]:
    """Return mean Dice of liver and tumor, and lesions found and invented.

    The tumor's mean is over the patients who have tumors: in a tumor-free liver Dice is 1 or 0 and says little.
    """
    tumors = [case["tumor"]["dice"] for case in scores if case["tumor"] and case["tumor"]["reference_ml"] > 0]
    lesions = [size for case in scores if case["lesions"] is not None for size in case["lesions"]]
    large = [size for size in lesions if size["from_mm"] >= LARGE_MM]
    scans = sum(case["lesions"] is not None for case in scores)
    return {
        "patients": len({case["patient"] for case in scores}),
        "liver_dice": round(statistics.mean(case["liver"]["dice"] for case in scores), 4),
        "tumor_patients": len(tumors),
        "tumor_dice": round(statistics.mean(tumors), 4) if tumors else None,
        "lesions": sum(size["reference_lesions"] for size in lesions),
        "lesions_found": sum(size["found"] for size in lesions),
        "large_lesions": sum(size["reference_lesions"] for size in large),
        "large_lesions_found": sum(size["found"] for size in large),
        "false_lesions_a_scan": round(sum(size["false_positives"] for size in lesions) / scans, 2) if scans else None,
    }


def markdown(scores: list[Scores]) -> str:
    """Return the scores as Markdown: a table of the cases, and one of their means by phase and slice thickness."""
    rows = [
        "| case | phase | slices mm | liver Dice | liver HD95 mm | tumor Dice | tumor mL | lesions found | false |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_row(case) for case in sorted(scores, key=lambda case: case["case"])),
    ]
    means = summary(scores)
    found = f"{means['lesions_found']} of {means['lesions']}"
    rows.append(f"| **mean** | | | **{means['liver_dice']:.3f}** | | **{_dice(means['tumor_dice'])}** | | {found} | |")
    return "\n".join([*rows, "", *_group_lines(scores)]) + "\n"


def slice_class(case: Scores) -> str:
    """Return the class of slice thickness of a case; the thickness is that of the scan before any thinning."""
    if case["slice_mm"] < THIN_MM:
        return f"slices below {THIN_MM:g} mm"
    return f"slices {THIN_MM:g} to {THICK_MM:g} mm" if case["slice_mm"] <= THICK_MM else f"slices above {THICK_MM:g} mm"


def _group_lines(scores: list[Scores]) -> list[str]:
    header = "| group | patients | liver Dice | lowest | tumor Dice | lesions found | from 20 mm on | false a scan |"
    lines = [header, "|---|---|---|---|---|---|---|---|", _group_row("all", scores)]
    for group_of in (_phase, slice_class):
        for name, members in _grouped(scores, group_of).items():
            lines.append(_group_row(name, members))
    return lines


def _grouped(scores: list[Scores], group_of: Callable[[Scores], str]) -> dict[str, list[Scores]]:
    groups: dict[str, list[Scores]] = {}
    for case in scores:
        groups.setdefault(group_of(case), []).append(case)
    return dict(sorted(groups.items()))


def _phase(case: Scores) -> str:
    return case["phase"]


def _group_row(name: str, scores: list[Scores]) -> str:
    means = summary(scores)
    lowest = min(case["liver"]["dice"] for case in scores)
    found, large = (f"{means[f'{key}_found']} of {means[key]}" for key in ("lesions", "large_lesions"))
    false = "-" if means["false_lesions_a_scan"] is None else f"{means['false_lesions_a_scan']:.2f}"
    tumor = f"{_dice(means['tumor_dice'])} ({means['tumor_patients']})" if means["tumor_patients"] else "-"
    figures = f"{means['liver_dice']:.3f} | {lowest:.3f} | {tumor} | {found} | {large} | {false}"
    return f"| {name} | {means['patients']} | {figures} |"


def _dice(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _row(case: Scores) -> str:
    liver, tumor, lesions = case["liver"], case["tumor"], case["lesions"]
    distance = "-" if liver["hd95_mm"] is None else f"{liver['hd95_mm']:.1f}"
    start = f"| {case['case']} | {case['phase']} | {case['slice_mm']:g} | {liver['dice']:.3f} | {distance} "
    if tumor is None:
        return f"{start}| not labeled | | | |"
    found, false = (sum(size[name] for size in lesions) for name in ("found", "false_positives"))
    number = sum(size["reference_lesions"] for size in lesions)
    dice = f"{tumor['dice']:.3f}" if tumor["reference_ml"] else "no tumor"
    return f"{start}| {dice} | {tumor['reference_ml']:.1f} | {found} of {number} | {false} |"
