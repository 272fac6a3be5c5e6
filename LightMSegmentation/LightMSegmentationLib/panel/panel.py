"""The panel: its sections, and who tells whom what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _

from LightMSegmentationLib.errors import CancelledError, LightMError
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.panel.batch_section import BatchSection
from LightMSegmentationLib.panel.details import errorDetails
from LightMSegmentationLib.panel.environment_section import EnvironmentSection
from LightMSegmentationLib.panel.license_notice import LicenseNotice
from LightMSegmentationLib.panel.message_card import MessageCard
from LightMSegmentationLib.panel.models_section import ModelsSection
from LightMSegmentationLib.panel.parameters import LightMSegmentationParameterNode, settingsOf
from LightMSegmentationLib.panel.readiness import whyNoBatch, whyNotReady
from LightMSegmentationLib.panel.result_card import ResultCard
from LightMSegmentationLib.panel.review import rememberForUndo, reviewInSegmentEditor
from LightMSegmentationLib.panel.run_section import RunSection
from LightMSegmentationLib.panel.segmentation_run import RunListener, RunOrder, SegmentationRun
from LightMSegmentationLib.panel.views import showIn3D

if TYPE_CHECKING:
    from LightMSegmentationLib.panel.outcome import SegmentationOutcome
    from LightMSegmentationLib.panel.worker_process import WorkerProcess


class Panel:
    """Connects the widgets of the ``.ui`` with runs in the worker.

    Parameters
    ----------
    ui
        The named widgets of ``LightMSegmentation.ui``.
    worker
        The process that computes.
    """

    def __init__(self, ui: Any, worker: WorkerProcess) -> None:
        self._ui = ui
        self._worker = worker
        self._parameterNode: LightMSegmentationParameterNode | None = None
        self._run: SegmentationRun | None = None
        self._runSection = RunSection(ui)
        self._message = MessageCard(ui)
        self._license = LicenseNotice(ui)
        self.result = ResultCard(ui, self._review)
        self.models = ModelsSection(ui, worker, self._chooseModel, self.refresh)
        self.environment = EnvironmentSection(ui, worker, self._settings, self.refresh)
        self.batch = BatchSection(ui, worker, self._settings, self._license.accept, self.refresh)
        ui.applyButton.connect("clicked()", self.onApply)
        self.refresh()

    @property
    def isRunning(self) -> bool:
        """Whether a segmentation is running; a batch is not one."""
        return self._run is not None and self._run.isRunning

    def setParameterNode(self, parameterNode: LightMSegmentationParameterNode | None) -> None:
        """Use another set of choices."""
        self._parameterNode = parameterNode
        if parameterNode is not None:
            self.models.refresh(parameterNode.model)
        self.refresh()

    def refresh(self) -> None:
        """Bring buttons and tooltips up to date."""
        missing = self.environment.missing
        if not self.isRunning:
            volume = self._parameterNode.inputVolume if self._parameterNode is not None else None
            whyNot = self.models.whyWait or whyNotReady(volume, missing, self.batch.isRunning)
            self._runSection.showIdle(whyNot, self.models.isOfLiver)
        self.batch.refresh(self.models.whyWait or whyNoBatch(*self.batch.folders, missing, self.isRunning))
        self.environment.setBusy(self._worker.isBusy)
        self.models.setBusy(self._worker.isBusy)

    def onApply(self) -> None:
        """Start a run, or cancel the one that is running."""
        if self._run is not None and self._run.isRunning:
            self._runSection.showCancelling()
            self._run.cancel()
        else:
            self._start()

    def close(self) -> None:
        """Stop everything: the widgets are going to be deleted."""
        self.sceneClosing()
        self._worker.forget()

    def sceneClosing(self) -> None:
        """Stop the run and forget everything about the scene; a batch does not need one and goes on."""
        if self._run is not None:
            self._run.forget()
            self._run = None
        self.setParameterNode(None)
        self._message.hide()
        self.result.hide()

    def _start(self) -> None:
        parameterNode = self._parameterNode
        if parameterNode is None or parameterNode.inputVolume is None:
            return
        self._license.accept()
        self._message.hide()
        self.result.hide()
        order = RunOrder(
            parameterNode.inputVolume,
            parameterNode.outputSegmentation,
            parameterNode.roi,
            self._settings(),
            parameterNode.parenchymaOnly,
        )
        listener = RunListener(self._runSection.showProgress, self._finish, self._fail, askToReplace, rememberForUndo)
        self._run = SegmentationRun(self._worker, slicer.mrmlScene, order, listener)
        self._runSection.showStarting()
        self._run.start()
        self.refresh()

    def _finish(self, outcome: SegmentationOutcome) -> None:
        if outcome.segmentationNode is None:
            self._message.showNothingFound(outcome)
        else:
            self._showSegments(outcome)
        self.refresh()

    def _showSegments(self, outcome: SegmentationOutcome) -> None:
        if self._parameterNode is not None:
            self._parameterNode.outputSegmentation = outcome.segmentationNode
            if self._parameterNode.show3D:
                showIn3D(outcome.segmentationNode)
        self.result.show(outcome)

    def _fail(self, error: LightMError) -> None:
        if isinstance(error, CancelledError):
            self._message.showCancelled()
        else:
            self._message.showError(error, errorDetails(error, self._worker.log))
        self.refresh()

    def _review(self, segmentationNode: Any, volumeNode: Any) -> None:
        whyNot = reviewInSegmentEditor(segmentationNode, volumeNode)
        if whyNot is not None:
            slicer.util.infoDisplay(whyNot)

    def _chooseModel(self, model: str) -> None:
        if self._parameterNode is not None:
            self._parameterNode.model = model

    def _settings(self) -> SegmentationSettings:
        return settingsOf(self._parameterNode) if self._parameterNode is not None else SegmentationSettings()


def askToReplace(names: tuple[str, ...]) -> bool:
    """Ask whether segments that were edited by hand may be replaced."""
    question = _(
        "These segments were edited after the last run: {names}. Replace them? Otherwise the result goes into a new "
        "segmentation."
    ).format(names=", ".join(names))
    return bool(slicer.util.confirmYesNoDisplay(question, windowTitle=_("Replace edited segments")))
