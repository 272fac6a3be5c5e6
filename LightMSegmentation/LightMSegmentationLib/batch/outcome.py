"""What became of the cases of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


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
    """One row of the case table: volumes in mL, time in seconds, output files relative to the output folder (``/``)."""

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


@dataclass(frozen=True)
class BatchSummary:
    """How many cases ended how; ``skipped`` ones were finished by an earlier run and are counted in their state too."""

    done: int
    no_liver: int
    failed: int
    due: int
    skipped: int
    seconds: float
