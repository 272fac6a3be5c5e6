"""The sums at the top of the page."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from LightMSegmentationLib.report.cases import ReportCase


@dataclass(frozen=True)
class Summary:
    """Numbers of cases by state, what was found, and the computing time (s)."""

    cases: int
    done: int
    no_liver: int
    failed: int
    waiting: int
    with_lesions: int
    patients: int
    median_liver_ml: float | None
    seconds: float

    @property
    def duration(self) -> str:
        """The computing time as people say it."""
        if self.seconds >= 3600:
            return f"{self.seconds / 3600:.1f} h"
        return f"{self.seconds / 60:.0f} min" if self.seconds >= 90 else f"{self.seconds:.0f} s"


def summarize(cases: Sequence[ReportCase]) -> Summary:
    """Return the sums of all cases."""
    states = [case.state for case in cases]
    livers = [case.outcome.liver_volume_ml for case in cases if case.outcome.liver_volume_ml is not None]
    return Summary(
        len(cases),
        states.count("done"),
        states.count("no-liver"),
        states.count("failed"),
        states.count("due") + states.count("running"),
        sum(bool(case.outcome.lesion_count) for case in cases),
        len({case.when.patient for case in cases if case.when.patient}),
        median(livers) if livers else None,
        sum(case.outcome.seconds for case in cases),
    )
