"""A batch told to people: lines, and on a terminal two bars, for the case and for the whole."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.summary_table import SUMMARY_NAME
from LightMSegmentationLib.progress_text import STAGE_TITLES, remaining_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.progress import Progress

    from LightMSegmentationLib.batch.order import BatchOrder
    from LightMSegmentationLib.batch.outcome import BatchSummary, CaseOutcome, Planned
    from LightMSegmentationLib.cli.batch_progress import BatchEstimate
    from LightMSegmentationLib.cli.console import Console
    from LightMSegmentationLib.progress import Stage

_SECONDS_BETWEEN_LINES = 20.0


class LineVoice:
    """Writes lines, for logs: results on the standard output, the rest on standard error.

    Cases are numbered; their names appear only where the order keeps identifiers, since logs are handed on.
    """

    def __init__(self, console: Console, order: BatchOrder, clock: Callable[[], float] = time.monotonic) -> None:
        self.console = console
        self._order = order
        self._clock = clock
        self._written_at = 0.0

    def planned(self, event: Planned) -> None:
        """Tell how many cases there are and how many are due."""
        due = sum(not case.state.is_finished for case in event.cases)
        left_out = f"; {len(event.skipped)} left out (see --dry-run)" if event.skipped else ""
        self.console.tell(f"{len(event.cases)} scans found, {due} to do{left_out}")

    def started(self, case: CaseOutcome) -> None:
        """Tell that a case begins."""
        self.console.tell(f"{self._title(case)} ...")
        self._written_at = self._clock()

    def progress(self, case: CaseOutcome, stage: Stage, state: BatchEstimate) -> None:
        """Tell every now and then how far the case and the batch are."""
        if self._clock() - self._written_at >= _SECONDS_BETWEEN_LINES:
            self._written_at = self._clock()
            fraction = state.case.fraction if state.case else 0.0
            left = remaining_text(state.seconds_left)
            about = f"batch {state.fraction:.0%}{', ' if left else ''}{left}"
            self.console.tell(f"{self._title(case)}: {fraction:.0%} {STAGE_TITLES[stage]}; {about}")

    def finished(self, case: CaseOutcome, state: BatchEstimate) -> None:  # noqa: ARG002 (a bar needs the state)
        """Tell how a case ended."""
        head = f"{self._title(case)}: {case.state.value} in {case.seconds:.0f} s"
        if case.liver_volume_ml is None:
            message = case.message if self._order.keep_identifiers else case.public_message
            self.console.say(f"{head}. {message}")
        else:
            tumors = "" if case.lesion_count is None else f", tumors {case.lesion_count}"
            self.console.say(f"{head}, liver {case.liver_volume_ml:.0f} mL{tumors}")

    def summary(self, summary: BatchSummary, cases: Mapping[str, CaseOutcome]) -> None:  # noqa: ARG002
        """Tell the sum in one line, and where the names are."""
        self.console.say(
            f"{summary.done} done, {summary.no_liver} without liver, {summary.failed} failed; {summary.skipped} of them"
            f" finished earlier. {summary.seconds:.0f} s. Names and messages: {SUMMARY_NAME}"
        )

    def _title(self, case: CaseOutcome) -> str:
        return f"case {case.number}{f' ({case.name})' if self._order.keep_identifiers else ''}"


class BarVoice(LineVoice):
    """Writes the lines of results, and moves two bars below them."""

    def __init__(self, console: Console, order: BatchOrder, bars: Progress) -> None:
        super().__init__(console, order)
        self._bars = bars
        self._whole = bars.add_task("Batch", total=1.0, left="")
        self._case = bars.add_task("", total=1.0, left="", visible=False)

    def started(self, case: CaseOutcome) -> None:
        """Show the bar of a case."""
        self._bars.update(self._case, completed=0.0, description=self._title(case), visible=True)

    def progress(self, case: CaseOutcome, stage: Stage, state: BatchEstimate) -> None:
        """Move both bars."""
        title = f"{self._title(case)}: {STAGE_TITLES[stage]}"
        self._bars.update(self._case, completed=state.case.fraction if state.case else 0.0, description=title)
        self._bars.update(self._whole, completed=state.fraction, left=remaining_text(state.seconds_left))

    def finished(self, case: CaseOutcome, state: BatchEstimate) -> None:
        """Write the line of a case and hide its bar."""
        self._bars.update(self._case, visible=False)
        self._bars.update(self._whole, completed=state.fraction, left=remaining_text(state.seconds_left))
        super().finished(case, state)


@contextlib.contextmanager
def batch_bars(console: Console) -> Iterator[Progress]:
    """Give the bars, which vanish at the end; lines written meanwhile stay above them."""
    from rich.console import Console as RichConsole
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    title, left = TextColumn("{task.description:<40}"), TextColumn("{task.fields[left]}")
    terminal = RichConsole(file=console.errors)
    with Progress(
        title, BarColumn(bar_width=None), TaskProgressColumn(), left, console=terminal, transient=True
    ) as bars:
        yield bars
