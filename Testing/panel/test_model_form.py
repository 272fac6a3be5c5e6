"""Adding models in the panel: a form asks what the file does not tell, and the worker converts and copies."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from LightMSegmentationLib.inference.model_card import read_model_card
from LightMSegmentationLib.inference.model_store import find_card, installed_cards
from LightMSegmentationLib.model_manager.archive import export_model

from Testing.data.checkpoints import write_malicious, write_own_model, write_result_folder, write_vm_unet
from Testing.panel.harness.running_slicer import RunningSlicer, wait_until
from Testing.panel.model_choices import answer_file_dialogs

SECONDS = 60


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the user's models folder, which is not there yet."""
    monkeypatch.setenv("LIGHTM_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def widget(running_slicer: RunningSlicer) -> Any:
    """Return the module's widget in a running Slicer, with the section unfolded."""
    opened = running_slicer.open_module()
    opened.ui.modelsCollapsibleButton.collapsed = False
    return opened


Choose = Callable[[Path], None]


@pytest.fixture
def choose(widget: Any, monkeypatch: pytest.MonkeyPatch) -> Choose:
    """Return what presses Add file or Add folder and chooses a path."""

    def press(path: Path) -> None:
        answer_file_dialogs(monkeypatch, path)
        (widget.ui.addModelFolderButton if path.is_dir() else widget.ui.addModelButton).click()

    return press


def add(widget: Any) -> None:
    widget.ui.modelFormAddButton.click()
    assert wait_until(lambda: not widget.panel.models.form.isAdding, SECONDS)


def test_a_checkpoint_is_converted_with_what_the_form_says(widget: Any, choose: Choose, tmp_path: Path) -> None:
    ui = widget.ui
    choose(write_vm_unet(tmp_path / "best.pth"))
    assert not ui.modelFormFrame.isHidden()
    ui.modelNameEdit.text = "moles"
    ui.modelLicenseEdit.text = "CC0-1.0"
    ui.modelClassesEdit.text = "background, mole"

    add(widget)

    card = read_model_card(find_card("moles"))
    assert (card.license, card.classes, card.foreign.source) == ("CC0-1.0", ("background", "mole"), "photo")
    assert ui.modelInfoLabel.text == "moles was added."
    assert ui.modelFormFrame.isHidden()
    assert ui.modelCardTextEdit.toPlainText().startswith("moles 1")


def test_a_result_folder_of_nnunet_is_added_and_can_be_chosen(widget: Any, choose: Choose, tmp_path: Path) -> None:
    choose(write_result_folder(tmp_path / "results"))
    assert widget.ui.modelClassesEdit.isHidden()
    assert not widget.ui.modelLicenseEdit.isHidden()
    widget.ui.modelNameEdit.text = "theirs"

    add(widget)

    assert widget.ui.modelComboBox.findText("theirs") > 0


def test_a_card_and_a_single_file_are_copied(widget: Any, choose: Choose, tmp_path: Path, models: Path) -> None:
    card = write_own_model(tmp_path / "output")
    export_model(card, tmp_path / "own.zip")
    choose(tmp_path / "output")
    assert widget.ui.modelLicenseEdit.isHidden()
    add(widget)
    assert (models / "own.safetensors").is_file()

    choose(tmp_path / "own.zip")
    widget.ui.modelNameEdit.text = "again"
    add(widget)

    assert {"own", "again"} <= installed_cards().keys()


def test_a_malicious_checkpoint_is_refused_in_a_sentence_and_the_form_stays(
    widget: Any, choose: Choose, tmp_path: Path, models: Path
) -> None:
    choose(write_malicious(tmp_path / "best.pth", tmp_path / "trace"))

    add(widget)

    assert "was refused" in widget.ui.modelInfoLabel.text
    assert not (tmp_path / "trace").exists()
    assert not list(models.glob("*.json"))
    assert not widget.ui.modelFormFrame.isHidden()


def test_nothing_else_starts_while_a_model_is_added(widget: Any, choose: Choose, tmp_path: Path) -> None:
    sys.modules["slicer"].util.addVolumeFromArray(np.zeros((4, 5, 6), np.int16))
    ui = widget.ui
    assert ui.applyButton.enabled
    choose(write_vm_unet(tmp_path / "best.pth"))
    ui.modelFormAddButton.click()

    assert (ui.applyButton.enabled, ui.addModelButton.enabled, ui.modelFormAddButton.enabled) == (False, False, False)
    assert "A model is being added." in ui.applyButton.toolTip
    assert wait_until(lambda: not widget.panel.models.form.isAdding, SECONDS)
    assert ui.applyButton.enabled
    assert ui.addModelButton.enabled


def test_a_form_that_is_cancelled_adds_nothing(
    widget: Any, choose: Choose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(write_vm_unet(tmp_path / "best.pth"))
    widget.ui.modelFormCancelButton.click()
    assert widget.ui.modelFormFrame.isHidden()

    answer_file_dialogs(monkeypatch, None)
    widget.ui.addModelButton.click()
    assert widget.ui.modelFormFrame.isHidden()
