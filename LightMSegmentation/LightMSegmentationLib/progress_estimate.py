"""How far a run is, and how many seconds remain, from its progress reports."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from LightMSegmentationLib.progress import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: Share of the whole run that each stage takes, by mode, measured on two CPU cores. A wrong share makes the bar uneven.
STAGE_SHARES: Mapping[str, Mapping[Stage, float]] = {
    "fast": {
        Stage.READ: 3, Stage.LOAD_MODEL: 7, Stage.CHECK: 1, Stage.LOCATE: 72, Stage.EXPORT: 8, Stage.MEASURE: 1,
        Stage.WRITE: 8,
    },
    "full": {
        Stage.READ: 2, Stage.LOAD_MODEL: 4, Stage.CHECK: 1, Stage.LOCATE: 20, Stage.DELINEATE: 64, Stage.EXPORT: 5,
        Stage.MEASURE: 2, Stage.WRITE: 2,
    },
    "best": {
        Stage.READ: 1, Stage.LOAD_MODEL: 2, Stage.CHECK: 1, Stage.LOCATE: 8, Stage.DELINEATE: 84, Stage.EXPORT: 2,
        Stage.MEASURE: 1, Stage.WRITE: 1,
    },
}  # fmt: skip

#: Reading a file tells nothing about how fast this machine computes: no estimate before this share of the run is done.
_TRUSTED_SHARE = 0.08


@dataclass(frozen=True)
class Estimate:
    """Where a run stands: the finished ``fraction`` (0 to 1), and the seconds left, None while nobody can know."""

    stage: Stage
    fraction: float
    seconds_left: float | None


class ProgressEstimate:
    """Turns stage reports into one even fraction and an honest remaining time.

    The fraction comes from the stages' shares and never moves back. The remaining time is what the running stage still
    needs at its own pace, plus the shares of the later stages at the pace of the run so far.

    Parameters
    ----------
    shares
        Stage to its share of the run, in the order in which the stages run, as in `STAGE_SHARES`; any unit.
    clock
        Monotonic seconds.
    """

    def __init__(self, shares: Mapping[Stage, float], clock: Callable[[], float] = time.monotonic) -> None:
        whole = sum(shares.values())
        self._shares = {stage: share / whole for stage, share in shares.items()}
        self._clock = clock
        self._started = self._stage_started = clock()
        self._stage: Stage | None = None
        self._fraction = 0.0

    def update(self, stage: Stage, done: int, total: int) -> Estimate:
        """Take in a report and return where the run stands; ``total`` 0 means a stage of unknown length."""
        now = self._clock()
        if stage is not self._stage:
            self._stage, self._stage_started = stage, now
        part = min(done / total, 1.0) if total > 0 else 0.0
        reached = self._share_before(stage) + part * self._shares.get(stage, 0.0)
        self._fraction = max(self._fraction, min(reached, 1.0))
        return Estimate(stage, self._fraction, self._seconds_left(stage, part, reached, now))

    def _share_before(self, stage: Stage) -> float:
        """Share of the stages that run before ``stage``; a stage without a share stands where the run stands."""
        if stage not in self._shares:
            return self._fraction
        stages = list(self._shares)
        return sum(self._shares[earlier] for earlier in stages[: stages.index(stage)])

    def _seconds_left(self, stage: Stage, part: float, reached: float, now: float) -> float | None:
        if reached >= 1.0:
            return 0.0
        if reached < _TRUSTED_SHARE:
            return None
        seconds_per_share = (now - self._started) / reached
        share = self._shares.get(stage, 0.0)
        later = max(0.0, 1.0 - self._share_before(stage) - share)
        in_stage = (now - self._stage_started) / part * (1.0 - part) if part > 0.0 else share * seconds_per_share
        return in_stage + later * seconds_per_share
