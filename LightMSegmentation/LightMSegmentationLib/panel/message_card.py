"""The frame that says why a run failed or found no liver: cause, advice, and details to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from LightMSegmentationLib.inference.result import of_liver
from LightMSegmentationLib.panel.details import copyToClipboard, outcomeDetails

if TYPE_CHECKING:
    from LightMSegmentationLib.errors import LightMError
    from LightMSegmentationLib.panel.outcome import SegmentationOutcome


class MessageCard:
    """Shows one message until the next run."""

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self._details = ""
        ui.messageCopyButton.connect("clicked()", lambda: copyToClipboard(self._details))

    def hide(self) -> None:
        """Take the message away."""
        self._ui.messageFrame.visible = False

    def showError(self, error: LightMError, details: str) -> None:
        """Show an error's cause and advice."""
        self._show(error.cause, error.advice, details)

    def showNothingFound(self, outcome: SegmentationOutcome) -> None:
        """Show why no liver, or nothing that the model tells, was found: that is a result and no error."""
        title = _("No liver was found.") if of_liver(outcome.segments) else _("Nothing was found.")
        self._show(title, "\n".join(outcome.noLiverReasons), outcomeDetails(outcome))

    def showCancelled(self) -> None:
        """Tell that the run was stopped."""
        self._show(_("The run was cancelled."), _("The scene is as it was."), "")

    def _show(self, title: str, text: str, details: str) -> None:
        self._details = details
        self._ui.messageTitleLabel.text = title
        self._ui.messageLabel.text = text
        self._ui.messageLabel.visible = bool(text)
        self._ui.messageCopyButton.visible = bool(details)
        self._ui.messageFrame.visible = True
