"""Models: the built-in ones, and cards of the user's own."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from LightMSegmentationLib.inference.settings import BUILT_IN_MODEL
from LightMSegmentationLib.model_manager.archive import export_model

from Testing.panel.conftest import StartSlicer
from Testing.panel.harness.running_slicer import RunningSlicer


def write_card(folder: Path, name: str = "mine") -> Path:
    stage = {
        "network": {"spatial_dims": 3, "in_channels": 1, "out_channels": 3, "init_filters": 8,
                    "blocks_down": [1], "blocks_up": []},
        "spacing_mm": [3, 3, 3], "window_hu": [-100, 200], "patch": [32, 32, 32], "overlap": 0.5,
        "weights": "mine.safetensors", "sha256": "",
    }  # fmt: skip
    card = {"format": 1, "name": name, "version": "2", "license": "CC0-1.0", "stages": {"coarse": stage},
            "classes": ["background", "liver", "liver tumor"], "about": {"intended use": "tests"}}  # fmt: skip
    path = folder / f"{name}.json"
    path.write_text(json.dumps(card), encoding="utf-8")
    return path


def test_the_built_in_model_is_chosen_first(running_slicer: RunningSlicer) -> None:
    widget = running_slicer.open_module()

    assert widget.ui.modelComboBox.currentText == BUILT_IN_MODEL


def test_a_card_of_the_users_own_is_listed_chosen_and_remembered(start_slicer: StartSlicer, tmp_path: Path) -> None:
    widget = start_slicer().open_module()
    card = write_card(tmp_path)

    widget.panel.models.add(card)

    assert widget.logic.getParameterNode().model == str(card)
    assert "mine 2, license: CC0-1.0" in widget.ui.modelInfoLabel.text
    again = start_slicer().open_module()
    assert again.ui.modelComboBox.findText("mine") >= 0


def test_a_model_in_a_single_file_is_copied_and_chosen(
    start_slicer: StartSlicer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = write_card(tmp_path)
    (tmp_path / "mine.safetensors").write_bytes(b"weights")
    card.write_text(card.read_text().replace('"sha256": ""', f'"sha256": "{hashlib.sha256(b"weights").hexdigest()}"'))
    export_model(card, tmp_path / "mine.zip")
    monkeypatch.setenv("LIGHTM_MODELS", str(tmp_path / "models"))
    widget = start_slicer().open_module()

    widget.panel.models.add(tmp_path / "mine.zip")

    assert widget.logic.getParameterNode().model == "mine"
    assert "mine 2, license: CC0-1.0" in widget.ui.modelInfoLabel.text
    assert (tmp_path / "models" / "mine.safetensors").is_file()


def test_a_file_that_is_no_card_is_said_and_not_listed(running_slicer: RunningSlicer, tmp_path: Path) -> None:
    widget = running_slicer.open_module()
    before = widget.ui.modelComboBox.count
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")

    widget.panel.models.add(broken)

    assert "broken.json" in widget.ui.modelInfoLabel.text
    assert widget.ui.modelComboBox.count == before
