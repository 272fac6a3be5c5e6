"""What became of the cases of a batch, and the events that tell of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from LightMSegmentationLib.batch.case import Skipped


class CaseState(str, Enum):
    """Where a case stands; ``NO_LIVER`` is as finished as ``DONE``."""

    DUE = "due"
    RUNNING = "running"
    DONE = "done"
    NO_LIVER = "no-liver"
    FAILED = "failed"

    @property
    def is_finished(self) -> bool:
        """Whether a later run may skip the case while nothing changed."""
        return self in (CaseState.DONE, CaseState.NO_LIVER)


@dataclass(frozen=True)
class CaseOutcome:
    """One row of the case table: volumes in mL, time in seconds, output files relative to the output folder (``/``).

    ``message`` is for people: cause and advice of a failure, reasons for no liver, or remarks; ``public_message`` is
    the same without names of files, folders and series. ``number`` stands for the case where its name must not; 0
    where none was given.
    """

    name: str
    state: CaseState
    seconds: float = 0.0
    liver_volume_ml: float | None = None
    tumor_volume_ml: float | None = None
    tumor_burden_percent: float | None = None
    lesion_count: int | None = None
    message: str = ""
    segmentation: str | None = None
    table: str | None = None
    preview: str | None = None
    report: str | None = None
    number: int = 0
    public_message: str = ""
    dicom_report: str | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """The output files that exist for the case."""
        names = (self.segmentation, self.table, self.preview, self.report, self.dicom_report)
        return tuple(name for name in names if name)


@dataclass(frozen=True)
class Planned:
    """The first event: every case, due or finished by an earlier run, and what was found that is no case."""

    cases: tuple[CaseOutcome, ...]
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True)
class Started:
    """The work on a case begins."""

    name: str


@dataclass(frozen=True)
class Finished:
    """The work on a case ended, well or not."""

    outcome: CaseOutcome


@dataclass(frozen=True)
class BatchSummary:
    """The last event: how many cases are in which state; ``skipped`` of them were finished by an earlier run."""

    done: int
    no_liver: int
    failed: int
    skipped: int
    seconds: float


BatchEvent: TypeAlias = Planned | Started | Finished | BatchSummary
