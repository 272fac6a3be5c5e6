"""Models in the panel: listed with what their cards say, chosen, verified, exported, removed; the default is kept."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from LightMSegmentationLib.inference.settings import BUILT_IN_MODEL
from LightMSegmentationLib.model_manager.add import AddOptions, add_model
from LightMSegmentationLib.model_manager.default_model import choose_default, default_model

from Testing.data.checkpoints import write_own_model, write_vm_unet
from Testing.panel.conftest import StartSlicer
from Testing.panel.harness.running_slicer import RunningSlicer
from Testing.panel.model_choices import answer_file_dialogs


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the user's models folder, with a model like the built-in one, and one for photographs."""
    folder = tmp_path / "models"
    monkeypatch.setenv("LIGHTM_MODELS", str(folder))
    add_model(write_own_model(tmp_path / "output"), AddOptions())
    add_model(write_vm_unet(tmp_path / "skin.pth"), AddOptions(license="CC0-1.0"))
    return folder


@pytest.fixture
def widget(running_slicer: RunningSlicer) -> Any:
    """Return the module's widget in a running Slicer."""
    return running_slicer.open_module()


def rows(widget: Any) -> list[list[str]]:
    table = widget.ui.modelsTable
    return [[table.item(row, column).text() for column in range(5)] for row in range(table.rowCount)]


def test_every_model_is_listed_with_purpose_accuracy_sources_and_license(widget: Any) -> None:
    built_in, own, skin = rows(widget)

    assert built_in[0].startswith(f"{BUILT_IN_MODEL} ")
    assert built_in[1] == "CT (default)"
    assert built_in[2].startswith("Dice liver 0.")
    assert "3D-IRCADb-01" in built_in[3]
    assert own == ["own 1", "CT", "not stated", "not stated", "CC0-1.0"]
    assert skin[:2] == ["skin 1", "photographs"]
    assert "vm-unet checkpoint skin.pth" in skin[3]


def test_a_selected_model_shows_its_card(widget: Any) -> None:
    widget.ui.modelsTable.selectRow(2)

    shown = widget.ui.modelCardTextEdit.toPlainText()
    assert shown.startswith("skin 1 (one of yours)\nlicense: CC0-1.0")
    assert "classes: background, lesion" in shown


def test_a_card_that_cannot_be_read_is_listed_with_the_reason_and_can_be_removed(
    start_slicer: StartSlicer, models: Path
) -> None:
    (models / "broken.json").write_text("{", encoding="utf-8")
    ui = start_slicer().open_module().ui

    ui.modelsTable.selectRow(1)

    assert ui.modelsTable.item(1, 1).text() == "can't be used"
    assert "no valid JSON" in ui.modelCardTextEdit.toPlainText()
    assert not ui.defaultModelButton.enabled
    ui.removeModelButton.click()
    assert not (models / "broken.json").exists()


def test_the_default_model_is_chosen_first_and_models_for_photographs_are_no_choice(widget: Any) -> None:
    combo = widget.ui.modelComboBox

    assert [combo.itemText(at) for at in range(combo.count)] == [f"Default ({BUILT_IN_MODEL})", BUILT_IN_MODEL, "own"]
    assert combo.currentIndex == 0
    assert widget.panel._settings().model == BUILT_IN_MODEL


def test_the_default_that_the_command_line_chose_is_the_panels_too(start_slicer: StartSlicer) -> None:
    choose_default("own")
    widget = start_slicer().open_module()

    assert widget.ui.modelComboBox.currentText == "Default (own)"
    assert widget.panel._settings().model == "own"


def test_a_model_is_made_the_default_for_what_it_looks_at(widget: Any) -> None:
    ui = widget.ui
    ui.modelsTable.selectRow(1)
    ui.defaultModelButton.click()

    assert default_model("ct") == "own"
    assert ui.modelInfoLabel.text == "own is now taken for CT where none is named."
    assert ui.modelComboBox.currentText == "Default (own)"
    ui.modelsTable.selectRow(2)
    ui.defaultModelButton.click()
    assert default_model("photo") == "skin"
    assert [row[1] for row in rows(widget)] == ["CT", "CT (default)", "photographs (default)"]


def test_a_model_that_was_chosen_is_saved_with_the_scene(widget: Any) -> None:
    widget.ui.modelComboBox.setCurrentIndex(2)

    assert widget.logic.getParameterNode().model == "own"
    assert widget.panel._settings().model == "own"
    assert widget.ui.modelCardTextEdit.toPlainText().startswith("own 1")


def test_a_card_anywhere_that_a_scene_names_stays_chosen(widget: Any, tmp_path: Path) -> None:
    widget.panel.models.refresh(str(tmp_path / "elsewhere" / "mine.json"))

    assert widget.ui.modelComboBox.currentText == "mine"


def test_weights_are_verified(widget: Any, models: Path) -> None:
    ui = widget.ui
    ui.modelsTable.selectRow(1)
    ui.verifyModelButton.click()
    assert ui.modelInfoLabel.text == "own: weights verified."

    (models / "own.safetensors").write_bytes(b"changed")
    ui.verifyModelButton.click()
    assert "own.safetensors is damaged or was exchanged" in ui.modelInfoLabel.text


def test_a_model_is_exported_to_the_file_that_was_chosen(
    widget: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_file_dialogs(monkeypatch, tmp_path / "usb" / "own.zip")
    widget.ui.modelsTable.selectRow(1)

    widget.ui.exportModelButton.click()

    assert (tmp_path / "usb" / "own.zip").stat().st_size > 0
    assert "own was written to" in widget.ui.modelInfoLabel.text


def test_a_model_of_the_users_own_is_removed_after_asking(
    running_slicer: RunningSlicer, widget: Any, models: Path
) -> None:
    ui = widget.ui
    ui.modelComboBox.setCurrentIndex(2)
    choose_default("own")

    ui.removeModelButton.click()

    assert running_slicer.application.questions == ["Remove the model 'own' and its weights?"]
    assert not (models / "own.json").exists()
    assert default_model("ct") == BUILT_IN_MODEL
    assert widget.logic.getParameterNode().model == ""
    assert ui.modelInfoLabel.text == "own was removed."
    assert [row[0].split()[0] for row in rows(widget)] == [BUILT_IN_MODEL, "skin"]


def test_a_refusal_removes_nothing(start_slicer: StartSlicer, models: Path) -> None:
    session = start_slicer(testing=False)
    ui = session.open_module().ui
    session.application.answer = False
    ui.modelsTable.selectRow(1)

    ui.removeModelButton.click()

    assert (models / "own.json").is_file()


def test_the_built_in_model_stays(widget: Any) -> None:
    ui = widget.ui
    assert not ui.removeModelButton.enabled
    ui.modelsTable.selectRow(1)
    assert ui.removeModelButton.enabled


def test_the_models_folder_is_made_and_shown(widget: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setenv("LIGHTM_MODELS", str(tmp_path / "new"))
    services = SimpleNamespace(openUrl=shown.append)
    monkeypatch.setattr(sys.modules["qt"], "QDesktopServices", services, raising=False)
    monkeypatch.setattr(sys.modules["qt"], "QUrl", SimpleNamespace(fromLocalFile=str), raising=False)

    widget.ui.openModelsFolderButton.click()

    assert shown == [str(tmp_path / "new")]
    assert (tmp_path / "new").is_dir()
