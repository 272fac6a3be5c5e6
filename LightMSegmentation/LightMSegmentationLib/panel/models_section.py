"""The section that manages models: the built-in one and the user's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _

from LightMSegmentationLib.errors import LightMError
from LightMSegmentationLib.inference.model_store import CARD_SUFFIX, user_models_folder
from LightMSegmentationLib.inference.result import of_liver
from LightMSegmentationLib.model_manager.archive import export_model
from LightMSegmentationLib.model_manager.check import check_model
from LightMSegmentationLib.model_manager.default_model import choose_default, default_model
from LightMSegmentationLib.model_manager.listing import InstalledModel, installed_models
from LightMSegmentationLib.model_manager.removal import remove_model
from LightMSegmentationLib.panel.model_form import ModelForm
from LightMSegmentationLib.panel.model_texts import cardText, modelTexts
from LightMSegmentationLib.panel.table_rows import fillTable

if TYPE_CHECKING:
    from LightMSegmentationLib.panel.worker_process import WorkerProcess

USER_DEFAULT = ""
"""Stands, in the combo box and in the scene, for the model that is the default when a run starts."""


class ModelsSection:
    """Fills the combo box that chooses the model of a run, and the table that shows and manages all of them.

    Parameters
    ----------
    worker
        The process that adds models; it may have one loaded.
    onChoose
        Called with the name or card path of the model that the user chose; empty for the default one.
    onChange
        Called when adding a model starts or ends, and when another model is the default one.
    """

    def __init__(
        self, ui: Any, worker: WorkerProcess, onChoose: Callable[[str], None], onChange: Callable[[], None]
    ) -> None:
        self._ui = ui
        self._worker = worker
        self._onChoose = onChoose
        self._onChange = onChange
        self._filling = False
        self._models: list[InstalledModel] = []
        self.form = ModelForm(ui, worker, self._onAdded, onChange)
        ui.modelComboBox.connect("currentIndexChanged(int)", self._onIndex)
        ui.modelsTable.connect("itemSelectionChanged()", self._showSelected)
        ui.defaultModelButton.connect("clicked()", self.makeDefault)
        ui.verifyModelButton.connect("clicked()", self.verify)
        ui.removeModelButton.connect("clicked()", self.remove)
        ui.exportModelButton.connect("clicked()", self._onExport)
        ui.addModelButton.connect("clicked()", self._onAddFile)
        ui.addModelFolderButton.connect("clicked()", self._onAddFolder)
        ui.openModelsFolderButton.connect("clicked()", openModelsFolder)
        self.refresh(USER_DEFAULT)

    @property
    def chosen(self) -> str:
        """Name or card path of the model that the combo box shows; empty for the default one."""
        combo = self._ui.modelComboBox
        return combo.itemData(combo.currentIndex) or USER_DEFAULT

    @property
    def isOfLiver(self) -> bool:
        """Whether the next run's model tells the liver, maybe its tumors, and nothing else; true where nobody knows."""
        name = self.chosen or default_model()
        card = next((model.card for model in self._models if model.name == name), None)
        return card is None or of_liver(card.segments)

    @property
    def selected(self) -> InstalledModel | None:
        """The model in the selected row of the table."""
        row = self._ui.modelsTable.currentRow()
        return self._models[row] if 0 <= row < len(self._models) else None

    @property
    def whyWait(self) -> str | None:
        """Why nothing can be segmented now: a model is being added."""
        return _("A model is being added. Wait for it.") if self.form.isAdding else None

    def refresh(self, chosen: str) -> None:
        """List the models again, choose one of them for the next run and select it."""
        self._models = installed_models()
        self._filling = True
        self._fillCombo(chosen)
        fillTable(self._ui.modelsTable, [modelTexts(model) for model in self._models])
        self._filling = False
        self.select(chosen or default_model())

    def select(self, name: str) -> None:
        """Select a model in the table, the first one where there is none of that name."""
        rows = [row for row, model in enumerate(self._models) if model.name == name]
        self._ui.modelsTable.selectRow(rows[0] if rows else 0)
        self._showSelected()

    def makeDefault(self) -> None:
        """Take the selected model from now on where none is named."""
        self._withSelected(self._makeDefault)

    def verify(self) -> None:
        """Compare the selected model's weights with the hashes in its card."""
        self._withSelected(_verified)

    def remove(self) -> None:
        """Remove the selected model, after asking."""
        model = self.selected
        question = _("Remove the model '{name}' and its weights?")
        if model is None or not slicer.util.confirmYesNoDisplay(question.format(name=model.name)):
            return
        self._withSelected(self._remove)

    def export(self, path: Path) -> None:
        """Write the selected model to a single file."""

        def write(model: InstalledModel) -> str:
            export_model(model.path, path)
            return _("{name} was written to {path}").format(name=model.name, path=path)

        self._withSelected(write)

    def setBusy(self, isBusy: bool) -> None:
        """Add and remove nothing while the worker does something."""
        self.form.setBusy(isBusy)
        model = self.selected
        self._ui.removeModelButton.enabled = model is not None and model.is_own and not isBusy

    def _fillCombo(self, chosen: str) -> None:
        combo = self._ui.modelComboBox
        combo.clear()
        combo.addItem(_("Default ({name})").format(name=default_model()), USER_DEFAULT)
        for model in self._models:
            if model.task == "ct":
                combo.addItem(model.name, model.name)
        if chosen.endswith(CARD_SUFFIX):  # a script or an older scene may name a card anywhere
            combo.addItem(Path(chosen).stem, chosen)
        combo.setCurrentIndex(max(0, combo.findData(chosen)))

    def _showSelected(self) -> None:
        """Show the selected model's card, and what can be done with it."""
        model = self.selected
        if self._filling or model is None:
            return
        ui = self._ui
        ui.modelCardTextEdit.setPlainText(cardText(model))
        ui.modelInfoLabel.text = ""
        for button in (ui.defaultModelButton, ui.exportModelButton):
            button.enabled = model.card is not None
        self.setBusy(self._worker.isBusy)

    def _withSelected(self, action: Callable[[InstalledModel], str]) -> None:
        """Do something with the selected model and tell what came of it."""
        model = self.selected
        if model is None:
            return
        try:
            text = action(model)
        except LightMError as error:
            text = str(error)
        self._ui.modelInfoLabel.text = text

    def _makeDefault(self, model: InstalledModel) -> str:
        task = choose_default(model.name)
        self.refresh(self.chosen)
        self.select(model.name)
        self._onChange()
        texts = {
            "ct": _("{name} is now taken for CT where none is named."),
            "photo": _("{name} is now taken for photographs where none is named."),
        }
        return texts[task].format(name=model.name)

    def _remove(self, model: InstalledModel) -> str:
        remove_model(model.name)
        self._worker.shutdown()  # it may have the model loaded
        chosen = USER_DEFAULT if self.chosen == model.name else self.chosen
        self.refresh(chosen)
        self._onChoose(chosen)
        self._onChange()
        return _("{name} was removed.").format(name=model.name)

    def _onAdded(self, name: str) -> None:
        self.refresh(self.chosen)
        self.select(name)

    def _onIndex(self, _index: int) -> None:
        if not self._filling:
            self._onChoose(self.chosen)
            self.select(self.chosen or default_model())

    def _onAddFile(self) -> None:
        kinds = _("Models (*.pth *.pt *.json *.zip)")
        path = qt.QFileDialog.getOpenFileName(None, _("Choose a model"), "", kinds)
        if path:
            self.form.open(Path(path))

    def _onAddFolder(self) -> None:
        path = qt.QFileDialog.getExistingDirectory(None, _("Choose a model's folder"))
        if path:
            self.form.open(Path(path))

    def _onExport(self) -> None:
        model = self.selected
        if model is None:
            return
        path = qt.QFileDialog.getSaveFileName(None, _("Export model"), f"{model.name}.zip", _("Models (*.zip)"))
        if path:
            self.export(Path(path))


def openModelsFolder() -> None:
    """Show the folder for the user's own models, which is made when it is not there."""
    folder = user_models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(folder)))


def _verified(model: InstalledModel) -> str:
    check = check_model(model.name, model.path)
    return check.problem or _("{name}: weights verified.").format(name=model.name)
