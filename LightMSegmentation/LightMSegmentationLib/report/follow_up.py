"""Volumes of one patient over time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from LightMSegmentationLib.report.cases import ReportCase


@dataclass(frozen=True)
class FollowUp:
    """A patient with scans of at least two days; ``cases`` are those with volumes, in the order of time."""

    patient: str
    cases: tuple[ReportCase, ...]

    @property
    def days(self) -> list[int]:
        """Days of the scans since the first."""
        return [case.when.day or 0 for case in self.cases]

    @property
    def span_days(self) -> int:
        """Days from the first scan with volumes to the last."""
        return self.days[-1] - self.days[0]


def follow_ups(cases: Iterable[ReportCase]) -> list[FollowUp]:
    """Return the patients that were scanned on several days, in the order of their numbers."""
    timed = [case for case in cases if case.when.day is not None and case.outcome.tumor_volume_ml is not None]
    first = {case.when.patient: case.number for case in reversed(timed)}
    timed.sort(key=lambda case: (first[case.when.patient], case.when.day, case.number))
    found = [FollowUp(patient, tuple(group)) for patient, group in groupby(timed, key=lambda case: case.when.patient)]
    return [patient for patient in found if patient.span_days > 0]
