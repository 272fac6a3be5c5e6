"""The license of the built-in weights: shown beside the button until it was accepted by pressing it once."""

from __future__ import annotations

import hashlib
from typing import Any

import slicer
from slicer.i18n import tr as _

from LightMSegmentationLib.resources import resource_path

ACCEPTED_SETTING = "LightMUNet/AcceptedWeightsLicense"


class LicenseNotice:
    """The frame over the button. No dialog interrupts: the notice says that pressing the button accepts."""

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        ui.licenseLabel.text = _(
            "The built-in weights come with their own license, and results are for research: have them checked by a "
            "physician. Pressing the button below accepts this license, once."
        )
        ui.licenseShowButton.connect("clicked()", self._toggleText)
        if slicer.app.testingEnabled():
            self.accept()
        self.refresh()

    def refresh(self) -> None:
        """Show the notice unless this text was accepted before."""
        self._ui.licenseFrame.visible = not self.isAccepted()

    def isAccepted(self) -> bool:
        """Tell whether the user accepted the license as it is now."""
        return bool(slicer.app.userSettings().value(ACCEPTED_SETTING, "") == _digest())

    def accept(self) -> None:
        """Remember that the license was accepted."""
        slicer.app.userSettings().setValue(ACCEPTED_SETTING, _digest())
        self.refresh()

    def _toggleText(self) -> None:
        edit = self._ui.licenseTextEdit
        hidden = edit.isHidden()
        if hidden:
            edit.setPlainText(licenseText())
        edit.visible = hidden
        self._ui.licenseShowButton.text = _("Hide license") if hidden else _("Show license")


def licenseText() -> str:
    """Return the license of the built-in weights."""
    path = resource_path("Models", "LICENSE-WEIGHTS")
    if not path.is_file():
        return _("The license file is missing: install LightMUNet again.")
    return path.read_text(encoding="utf-8")


def _digest() -> str:
    return hashlib.sha256(licenseText().encode()).hexdigest()
