"""What a batch would do, as a table or as JSON lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from LightMSegmentationLib.batch.plan import Plan, PlannedCase
    from LightMSegmentationLib.cli.console import Console

_HEAD = ("case", "state", "slices", "mm", "phase", "name")


def list_plan(plan: Plan, console: Console, *, as_json: bool, keep_identifiers: bool) -> None:
    """Write every case, then what is left out with its reason.

    The table is for whoever owns the scans and names them; JSON lines do so only with ``keep_identifiers``.
    """
    if as_json:
        for planned in plan.cases:
            console.say_line(_case_object(planned, keep_identifiers=keep_identifiers))
        for skipped in plan.skipped:
            name = {"name": skipped.name} if keep_identifiers else {}
            console.say_line({"event": "left-out", **name, "reason": skipped.reason})
        return
    _write_table(plan, console)


def _case_object(planned: PlannedCase, *, keep_identifiers: bool) -> dict[str, object]:
    facts, outcome = planned.case.facts, planned.outcome
    names = {"name": outcome.name, "description": facts.description, "date": facts.date}
    return {
        "event": "case",
        "case": outcome.number,
        **(names if keep_identifiers else {}),
        "state": outcome.state.value,
        "slices": facts.slices,
        "thickness_mm": facts.thickness_mm,
        "phase": facts.phase.value if facts.phase else None,
        "will_fail": bool(planned.case.problem),
    }


def _write_table(plan: Plan, console: Console) -> None:
    rows = [_HEAD, *(_cells(planned) for planned in plan.cases)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)]
    for row in rows:
        fixed = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        console.say("  ".join((*fixed, row[-1])))
    if plan.skipped:
        console.say("\nleft out:")
        for skipped in plan.skipped:
            console.say(f"  {skipped.name}: it {skipped.reason}")
    console.say(f"\n{len(plan.cases)} cases, {len(plan.due)} to do, {len(plan.skipped)} left out. Nothing was written.")


def _cells(planned: PlannedCase) -> tuple[str, ...]:
    facts, problem = planned.case.facts, planned.case.problem
    return (
        str(planned.outcome.number),
        "will fail" if problem else planned.outcome.state.value,
        "" if facts.slices is None else str(facts.slices),
        "" if facts.thickness_mm is None else f"{facts.thickness_mm:g}",
        facts.phase.value if facts.phase else "",
        f"{planned.case.name}{f'  ({problem})' if problem else ''}",
    )
