"""The form that asks what a model's file does not tell, and adds the model in the worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from LightMSegmentationLib.model_manager.add import CHECKPOINT_SUFFIXES, AddOptions
from LightMSegmentationLib.nnunet.plan import PLANS_FILE
from LightMSegmentationLib.worker import protocol
from LightMSegmentationLib.worker.conversation import Heard
from LightMSegmentationLib.worker.failure import as_exception

if TYPE_CHECKING:
    from LightMSegmentationLib.panel.worker_process import WorkerProcess


class ModelForm:
    """Shown in the section once a file or folder was chosen; converting needs torch, so the worker does it.

    Parameters
    ----------
    worker
        The process that adds the model.
    onAdded
        Called with the name of a model that was added.
    onChange
        Called when adding starts or ends.
    """

    def __init__(
        self, ui: Any, worker: WorkerProcess, onAdded: Callable[[str], None], onChange: Callable[[], None]
    ) -> None:
        self._ui = ui
        self._worker = worker
        self._onAdded = onAdded
        self._onChange = onChange
        self._path = Path()
        self.isAdding = False
        for text, source in ((_("as published"), ""), (_("slices of a CT"), "ct"), (_("photographs"), "photo")):
            ui.modelSourceComboBox.addItem(text, source)
        ui.modelFormAddButton.connect("clicked()", self.add)
        ui.modelFormCancelButton.connect("clicked()", self.close)

    def open(self, path: Path) -> None:
        """Ask about what is at ``path``: only what this kind of file does not tell."""
        ui, self._path = self._ui, path
        ui.modelPathLabel.text = _("Add {path}").format(path=path)
        for edit in (ui.modelNameEdit, ui.modelLicenseEdit, ui.modelClassesEdit):
            edit.clear()
        ui.modelSourceComboBox.setCurrentIndex(0)
        ui.modelThreeSlicesCheckBox.checked = False
        isCheckpoint = path.suffix.lower() in CHECKPOINT_SUFFIXES
        isConverted = isCheckpoint or (path / PLANS_FILE).is_file()
        for widget in (ui.modelLicenseLabel, ui.modelLicenseEdit):
            widget.visible = isConverted
        for widget in self._checkpointWidgets():
            widget.visible = isCheckpoint
        ui.modelFormFrame.visible = True

    def close(self) -> None:
        """Take the form away."""
        self._ui.modelFormFrame.visible = False

    def add(self) -> None:
        """Add the model as the form says; whether it could be is told later."""
        self.isAdding = True
        self._ui.modelInfoLabel.text = _("Adding {name}").format(name=self._path.name)
        self._worker.addModel(self._path, self._options(), self._hear)
        self._onChange()

    def setBusy(self, isBusy: bool) -> None:
        """Offer nothing while the worker does something."""
        ui = self._ui
        for button in (ui.addModelButton, ui.addModelFolderButton, ui.modelFormAddButton):
            button.enabled = not isBusy
        ui.modelFormCancelButton.enabled = not self.isAdding

    def _options(self) -> AddOptions:
        ui = self._ui
        classes = tuple(name.strip() for name in ui.modelClassesEdit.text.split(",") if name.strip())
        return AddOptions(
            name=ui.modelNameEdit.text.strip(),
            license=ui.modelLicenseEdit.text.strip(),
            source=ui.modelSourceComboBox.itemData(ui.modelSourceComboBox.currentIndex),
            labels=classes,
            neighbors=1 if ui.modelThreeSlicesCheckBox.checked else 0,
        )

    def _hear(self, event: Heard) -> None:
        if isinstance(event, protocol.ModelAdded):
            self.isAdding = False
            self.close()
            self._onAdded(event.name)
            self._ui.modelInfoLabel.text = _("{name} was added.").format(name=event.name)
            self._onChange()
        elif isinstance(event, protocol.Failed):
            self.isAdding = False
            self._ui.modelInfoLabel.text = str(as_exception(event))
            self._onChange()

    def _checkpointWidgets(self) -> tuple[Any, ...]:
        ui = self._ui
        return (
            ui.modelSourceLabel,
            ui.modelSourceComboBox,
            ui.modelClassesLabel,
            ui.modelClassesEdit,
            ui.modelSlicesLabel,
            ui.modelThreeSlicesCheckBox,
        )
