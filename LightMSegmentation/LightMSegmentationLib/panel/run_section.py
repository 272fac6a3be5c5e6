"""The large button with its two faces, and the progress bar under it."""

from __future__ import annotations

from typing import Any

from slicer.i18n import tr as _

from LightMSegmentationLib.panel.stage_text import progressText
from LightMSegmentationLib.worker.protocol import Progress

_STEPS = 1000


class RunSection:
    """Shows whether a run can be started, is running, or is being cancelled."""

    def __init__(self, ui: Any) -> None:
        self._ui = ui

    def showIdle(self, whyNot: str | None, isOfLiver: bool) -> None:
        """Offer a run, or say in the tooltip why there can be none; ``isOfLiver`` is what the chosen model tells."""
        button = self._ui.applyButton
        button.text = _("Segment liver/tumor") if isOfLiver else _("Segment")
        button.enabled = whyNot is None
        ofLiver = _("Segments liver and liver tumors on the chosen CT.")
        button.toolTip = whyNot or (ofLiver if isOfLiver else _("Segments what the chosen model tells on the CT."))
        self._ui.progressFrame.visible = False

    def showStarting(self) -> None:
        """Offer to cancel; the bar moves without an end until the first report."""
        button = self._ui.applyButton
        button.text = _("Cancel")
        button.enabled = True
        button.toolTip = _("Stops the run within a second. The scene stays as it was.")
        self._ui.progressBar.setRange(0, 0)
        self._ui.stageLabel.text = _("Starting the segmentation process")
        self._ui.progressFrame.visible = True

    def showProgress(self, progress: Progress) -> None:
        """Move the bar and name the stage."""
        self._ui.progressBar.setRange(0, _STEPS)
        self._ui.progressBar.value = round(_STEPS * progress.fraction)
        self._ui.stageLabel.text = progressText(progress.stage, progress.seconds_left)

    def showCancelling(self) -> None:
        """Tell that the run is being stopped."""
        self._ui.applyButton.enabled = False
        self._ui.applyButton.text = _("Cancelling")
        self._ui.stageLabel.text = _("Stopping")
