"""The section that lists models: the built-in ones and the user's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from LightMSegmentationLib.errors import LightMError
from LightMSegmentationLib.inference.model_card import ModelCard, read_model_card
from LightMSegmentationLib.inference.model_store import find_card, installed_cards, user_models_folder
from LightMSegmentationLib.inference.settings import BUILT_IN_MODEL
from LightMSegmentationLib.model_manager.archive import ARCHIVE_SUFFIX, import_archive

CARDS_SETTING = "LightMUNet/ModelCards"


class ModelsSection:
    """Fills the model combo box and tells about the chosen model.

    Parameters
    ----------
    onChoose
        Called with the name or card path of the model that the user chose.
    """

    def __init__(self, ui: Any, onChoose: Callable[[str], None]) -> None:
        self._ui = ui
        self._onChoose = onChoose
        self._filling = False
        ui.modelComboBox.connect("currentIndexChanged(int)", self._onIndex)
        ui.addModelButton.connect("clicked()", self._onAdd)
        ui.openModelsFolderButton.connect("clicked()", openModelsFolder)
        self.refresh(BUILT_IN_MODEL)

    @property
    def chosen(self) -> str:
        """Name or card path of the chosen model."""
        combo = self._ui.modelComboBox
        return combo.itemData(combo.currentIndex) or BUILT_IN_MODEL

    def refresh(self, chosen: str) -> None:
        """List the models again and choose one of them."""
        combo = self._ui.modelComboBox
        self._filling = True
        combo.clear()
        for model in listedModels():
            combo.addItem(Path(model).stem if model.endswith(".json") else model, model)
        combo.setCurrentIndex(max(0, combo.findData(chosen)))
        self._filling = False
        self._ui.modelInfoLabel.text = modelText(self.chosen)

    def add(self, card: Path) -> None:
        """List a model of the user's own and choose it; one that can't be used is said and not listed.

        Parameters
        ----------
        card
            A model card, used where it is, or the single file (.zip) that ``lightm models export`` wrote, whose model
            is copied into the user's folder.
        """
        try:
            if card.suffix.lower() == ARCHIVE_SUFFIX:
                imported = import_archive(card).stem
                self.refresh(imported)
                self._onChoose(imported)
                return
            read_model_card(card)
        except LightMError as error:
            self._ui.modelInfoLabel.text = str(error)
            return
        settings = slicer.app.userSettings()
        settings.setValue(CARDS_SETTING, "\n".join(dict.fromkeys([*ownCards(), str(card)])))
        self.refresh(str(card))
        self._onChoose(str(card))

    def _onIndex(self, _index: int) -> None:
        if not self._filling:
            self._ui.modelInfoLabel.text = modelText(self.chosen)
            self._onChoose(self.chosen)

    def _onAdd(self) -> None:
        path = qt.QFileDialog.getOpenFileName(None, _("Choose a model"), "", _("Models (*.json *.zip)"))
        if path:
            self.add(Path(path))


def listedModels() -> list[str]:
    """Return names of installed models and paths of cards that the user added, the built-in one first."""
    names = sorted(installed_cards(), key=lambda name: (name != BUILT_IN_MODEL, name)) or [BUILT_IN_MODEL]
    return [*names, *ownCards()]


def ownCards() -> list[str]:
    """Return the paths of cards that the user added and that are still there."""
    text = slicer.app.userSettings().value(CARDS_SETTING, "") or ""
    return [line for line in text.split("\n") if line and Path(line).is_file()]


def openModelsFolder() -> None:
    """Show the folder for the user's own models, which is made when it is not there."""
    folder = user_models_folder()
    folder.mkdir(parents=True, exist_ok=True)
    qt.QDesktopServices.openUrl(qt.QUrl.fromLocalFile(str(folder)))


def modelText(model: str) -> str:
    """Return what people should know about a model: version, license and the card's remarks."""
    try:
        card = read_model_card(find_card(model))
    except LightMError as error:
        return str(error)
    return "\n".join([_("{name} {version}, license: {license}").format(**_names(card)), *_remarks(card)])


def _names(card: ModelCard) -> dict[str, str]:
    return {"name": card.name, "version": card.version, "license": card.license}


def _remarks(card: ModelCard) -> list[str]:
    return [f"{key.replace('_', ' ')}: {value}" for key, value in card.about.items() if isinstance(value, str)]
