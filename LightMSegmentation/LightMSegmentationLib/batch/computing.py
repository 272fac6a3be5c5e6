"""Where the cases of a batch are done: here, one after another, or elsewhere (`batch.cluster`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from LightMSegmentationLib.batch.case_job import CaseJob, CaseResult, SegmentFunction, do_case

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from LightMSegmentationLib.progress import Monitor


@dataclass(frozen=True)
class Begun:
    """The work on a case begins."""

    job: CaseJob


@dataclass(frozen=True)
class Ended:
    """The work on a case ended; its files wait to be put into place."""

    job: CaseJob
    result: CaseResult


Step: TypeAlias = Begun | Ended


class Computing(Protocol):
    """Does cases."""

    def steps(self, jobs: Sequence[CaseJob]) -> Iterator[Step]:
        """Do every job and yield `Begun` and then `Ended` of each; jobs may overlap.

        Raises `CancelledError` when the user asked to stop.
        """


@dataclass(frozen=True)
class LocalComputing:
    """Does one case after another, on the calling thread."""

    segment: SegmentFunction
    monitor: Monitor

    def steps(self, jobs: Sequence[CaseJob]) -> Iterator[Step]:
        """Do the jobs in their order."""
        for job in jobs:
            yield Begun(job)
            yield Ended(job, do_case(job, self.segment, self.monitor))
