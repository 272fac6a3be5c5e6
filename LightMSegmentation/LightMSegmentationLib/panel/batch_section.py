"""The section that segments folders: run, cancel, resume, one row for each case, the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ctk
import qt
import slicer
from slicer.i18n import tr as _

from LightMSegmentationLib.batch.series_filter import parse_series_filter
from LightMSegmentationLib.errors import CancelledError, UsageError
from LightMSegmentationLib.panel.batch_table import BatchTable
from LightMSegmentationLib.panel.stage_text import progressText
from LightMSegmentationLib.report.write import PAGE_NAME
from LightMSegmentationLib.worker import protocol
from LightMSegmentationLib.worker.conversation import Heard

if TYPE_CHECKING:
    from LightMSegmentationLib.inference.settings import SegmentationSettings
    from LightMSegmentationLib.panel.worker_process import WorkerProcess

RULES_SETTING = "LightMUNet/BatchSeriesFilter"

_STEPS = 1000


class BatchSection:
    """Runs the batch of the command line in the worker and shows its cases.

    Parameters
    ----------
    worker
        The process that computes; it runs a batch or a segmentation, not both.
    settings
        Returns the settings of the panel.
    onStart
        Called before a batch starts.
    onChange
        Called when a batch starts or ends, or a folder is chosen.
    """

    def __init__(
        self,
        ui: Any,
        worker: WorkerProcess,
        settings: Callable[[], SegmentationSettings],
        onStart: Callable[[], None],
        onChange: Callable[[], None],
    ) -> None:
        self._ui = ui
        self._worker = worker
        self._settings = settings
        self._onStart = onStart
        self._onChange = onChange
        self._running = False
        self._cancelling = False
        self._current = ""
        self._leftOut = 0
        self._target = Path()
        self.table = BatchTable(ui)
        for edit in (ui.batchInputPathLineEdit, ui.batchOutputPathLineEdit):
            edit.filters = ctk.ctkPathLineEdit.Dirs
            edit.connect("currentPathChanged(QString)", self._onPath)
        ui.batchSeriesFilterLineEdit.text = slicer.app.userSettings().value(RULES_SETTING, "") or ""
        ui.batchSeriesFilterLineEdit.connect("textChanged(QString)", self._onRules)
        ui.batchButton.connect("clicked()", self._onButton)
        ui.batchReportButton.connect("clicked()", self.openReport)

    @property
    def isRunning(self) -> bool:
        """Whether a batch runs."""
        return self._running

    @property
    def folders(self) -> tuple[str, str]:
        """Input and output folder as typed."""
        return self._ui.batchInputPathLineEdit.currentPath, self._ui.batchOutputPathLineEdit.currentPath

    @property
    def seriesRules(self) -> str:
        """The rules that choose series, as typed."""
        return self._ui.batchSeriesFilterLineEdit.text.strip()

    @property
    def reportPage(self) -> Path | None:
        """The page about the batch in the output folder, None when there is none yet."""
        target = self.folders[1]
        page = Path(target) / PAGE_NAME
        return page if target and page.is_file() else None

    def refresh(self, whyNot: str | None) -> None:
        """Offer to run or to cancel and to open the report, or say why there can be no batch or report."""
        whyNot = whyNot or whyNoRules(self.seriesRules)
        button = self._ui.batchButton
        button.text = _("Cancel batch") if self._running else _("Run or resume batch")
        button.enabled = not self._cancelling and (self._running or whyNot is None)
        ready = _("Segments every CT in the input folder. Cases that are finished are left alone.")
        button.toolTip = _("Stops the batch. Run it again to continue.") if self._running else whyNot or ready
        self._ui.batchSeriesFilterLineEdit.enabled = not self._running
        self._offerReport()

    def run(self) -> None:
        """Start or continue the batch with the chosen folders."""
        self._onStart()
        source, target = self.folders
        for edit in (self._ui.batchInputPathLineEdit, self._ui.batchOutputPathLineEdit):
            edit.addCurrentPathToHistory()
        self._target = Path(target)
        self._running, self._cancelling = True, False
        self._ui.batchStatusLabel.text = _("Looking for cases")
        self._ui.batchProgressBar.setRange(0, 0)
        self._onChange()
        slicer.app.userSettings().setValue(RULES_SETTING, self.seriesRules)
        self._worker.batch(Path(source), Path(target), self._settings(), self.seriesRules, self._hear)

    def cancel(self) -> None:
        """Stop the batch; finished cases are kept."""
        self._cancelling = True
        self._ui.batchStatusLabel.text = _("Stopping")
        self._onChange()
        self._worker.cancel()

    def openReport(self) -> None:
        """Show the page about the batch in the browser."""
        page = self.reportPage
        if page is not None:
            qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(page)))

    def _offerReport(self) -> None:
        button = self._ui.batchReportButton
        button.enabled = self.reportPage is not None
        there = _("Opens the page about the batch in the output folder.")
        notThere = _(
            "There is no page in the output folder yet. It is written when a batch ends, if the Python that segments "
            "has the packages jinja2 and matplotlib."
        )
        button.toolTip = there if button.enabled else notThere

    def _onPath(self, _path: str) -> None:
        self._onChange()

    def _onRules(self, text: str) -> None:
        self._ui.batchStatusLabel.text = whyNoRules(text) or ""
        self._onChange()

    def _onButton(self) -> None:
        if self._running:
            self.cancel()
        else:
            self.run()

    def _hear(self, event: Heard) -> None:
        if isinstance(event, protocol.BatchPlanned):
            self._leftOut = event.left_out
            self.table.show(event.cases, self._target)
        elif isinstance(event, protocol.CaseStarted):
            self._current = event.name
            self.table.start(event.name)
        elif isinstance(event, protocol.Progress):
            self._showProgress(event)
        elif isinstance(event, protocol.CaseFinished):
            self.table.finish(event.outcome)
        elif isinstance(event, protocol.BatchFinished):
            self._end(summaryText(event, self._leftOut))
        elif isinstance(event, protocol.Failed):
            self._end(_failureText(event))

    def _showProgress(self, progress: protocol.Progress) -> None:
        self._ui.batchProgressBar.setRange(0, _STEPS)
        finished = self.table.finishedCount + progress.fraction
        self._ui.batchProgressBar.value = round(_STEPS * finished / max(1, len(self.table.cases)))
        if not self._cancelling:
            stage = progressText(progress.stage, progress.seconds_left)
            self._ui.batchStatusLabel.text = f"{self._current}: {stage}"

    def _end(self, text: str) -> None:
        self._running = self._cancelling = False
        self.table.stop()
        self._ui.batchProgressBar.setRange(0, _STEPS)
        self._ui.batchStatusLabel.text = text
        self._onChange()


def whyNoRules(rules: str) -> str | None:
    """Return what is wrong with rules that choose series; None when nothing is."""
    try:
        parse_series_filter([rules])
    except UsageError as error:
        return str(error)
    return None


def summaryText(event: protocol.BatchFinished, leftOut: int) -> str:
    """Return how many cases ended how, and how many files and series were left out."""
    summary = event.summary
    text = _("{done} done, {noLiver} without a liver, {failed} failed, {skipped} of them finished earlier.").format(
        done=summary.done, noLiver=summary.no_liver, failed=summary.failed, skipped=summary.skipped
    )
    return f"{text} {_('{count} left out.').format(count=leftOut)}" if leftOut else text


def _failureText(event: protocol.Failed) -> str:
    if event.code == CancelledError.code:
        return _("The batch was cancelled. Run it again to continue.")
    return f"{event.cause} {event.advice}".strip()
