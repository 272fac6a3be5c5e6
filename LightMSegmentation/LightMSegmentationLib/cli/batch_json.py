"""A batch told to programs: one JSON object a line, with its ``event``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from LightMSegmentationLib.batch.outcome import BatchSummary, CaseOutcome, Planned
    from LightMSegmentationLib.cli.batch_progress import BatchEstimate
    from LightMSegmentationLib.cli.console import Console
    from LightMSegmentationLib.progress import Stage

_SECONDS_BETWEEN_PROGRESS = 1.0


class JsonVoice:
    """Writes the events ``planned``, ``case-started``, ``progress``, ``case-finished`` and ``summary``.

    ``case`` is the number of a case; its name, its files and a message that may name files are there only when
    ``keep_identifiers`` is set. Volumes are mL, times seconds, fractions 0 to 1.
    """

    def __init__(
        self, console: Console, *, keep_identifiers: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._keeps = keep_identifiers
        self._clock = clock
        self._stage: Stage | None = None
        self._written_at = 0.0

    def planned(self, event: Planned) -> None:
        """Write the numbers of cases."""
        due = sum(not case.state.is_finished for case in event.cases)
        self._console.say_line(
            {"event": "planned", "cases": len(event.cases), "due": due, "left_out": len(event.skipped)}
        )

    def started(self, case: CaseOutcome) -> None:
        """Write that a case begins."""
        self._stage = None
        self._console.say_line({"event": "case-started", **self._case(case)})

    def progress(self, case: CaseOutcome, stage: Stage, state: BatchEstimate) -> None:
        """Write where case and batch stand, at each new stage and once a second."""
        now = self._clock()
        if stage is self._stage and now - self._written_at < _SECONDS_BETWEEN_PROGRESS:
            return
        self._stage, self._written_at = stage, now
        self._console.say_line(
            {
                "event": "progress",
                "case": case.number,
                "stage": stage.value,
                "case_fraction": round(state.case.fraction, 4) if state.case else 0.0,
                "case_seconds_left": _rounded(state.case.seconds_left) if state.case else None,
                "fraction": round(state.fraction, 4),
                "seconds_left": _rounded(state.seconds_left),
            }
        )

    def finished(self, case: CaseOutcome, state: BatchEstimate) -> None:
        """Write how a case ended, and where the batch stands."""
        files = {"segmentation": case.segmentation, "report": case.report} if self._keeps else {}
        self._console.say_line(
            {
                "event": "case-finished",
                **self._case(case),
                "state": case.state.value,
                "seconds": round(case.seconds, 3),
                "liver_volume_ml": case.liver_volume_ml,
                "tumor_volume_ml": case.tumor_volume_ml,
                "tumor_burden_percent": case.tumor_burden_percent,
                "lesion_count": case.lesion_count,
                "message": case.message if self._keeps else case.public_message,
                **files,
                "fraction": round(state.fraction, 4),
                "seconds_left": _rounded(state.seconds_left),
            }
        )

    def summary(self, summary: BatchSummary, cases: Mapping[str, CaseOutcome]) -> None:  # noqa: ARG002
        """Write the sums."""
        self._console.say_line(
            {
                "event": "summary",
                "done": summary.done,
                "no_liver": summary.no_liver,
                "failed": summary.failed,
                "finished_earlier": summary.skipped,
                "seconds": round(summary.seconds, 3),
            }
        )

    def _case(self, case: CaseOutcome) -> dict[str, object]:
        return {"case": case.number, "name": case.name} if self._keeps else {"case": case.number}


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
