"""What is installed is listed with what people ask of a model first; a default that is removed is forgotten."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from LightMSegmentationLib.inference.model_card import ModelCard, read_model_card
from LightMSegmentationLib.inference.settings import BUILT_IN_MODEL
from LightMSegmentationLib.model_manager.add import AddOptions, add_model
from LightMSegmentationLib.model_manager.card_summary import accuracy_of, sources_of
from LightMSegmentationLib.model_manager.default_model import choose_default, default_model
from LightMSegmentationLib.model_manager.listing import installed_models
from LightMSegmentationLib.model_manager.removal import remove_model

from Testing.data.checkpoints import write_own_model, write_vm_unet


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the user's models folder with a model for CT and one for photographs."""
    monkeypatch.setenv("LIGHTM_MODELS", str(tmp_path / "models"))
    add_model(write_own_model(tmp_path / "output"), AddOptions())
    add_model(write_vm_unet(tmp_path / "skin.pth"), AddOptions())
    return tmp_path / "models"


@pytest.fixture
def card(models: Path) -> ModelCard:
    return read_model_card(models / "own.json")


def test_the_built_in_model_comes_first_and_defaults_are_marked(models: Path) -> None:
    choose_default("skin")
    (models / "broken.json").write_text("{")

    listed = {model.name: model for model in installed_models()}

    assert list(listed) == [BUILT_IN_MODEL, "broken", "own", "skin"]
    assert [name for name, model in listed.items() if model.is_default] == [BUILT_IN_MODEL, "skin"]
    assert [name for name, model in listed.items() if model.is_own] == ["broken", "own", "skin"]
    assert [model.task for model in listed.values()] == ["ct", None, "ct", "photo"]
    assert "no valid JSON" in listed["broken"].problem


def test_a_default_that_is_removed_is_no_default_any_more() -> None:
    choose_default("own")
    choose_default("skin")
    remove_model("own")
    assert default_model("ct") == BUILT_IN_MODEL
    assert default_model("photo") == "skin"


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"accuracy": {"full": {"liver_dice": 0.9, "tumor_dice": 0.5}}}, "Dice liver 0.90, tumor 0.50"),
        ({"accuracy": {"fast": {"liver_dice": 0.9, "tumor_dice": None}}}, "Dice liver 0.90"),
        ({"accuracy": "Dice 0.8 on a phantom"}, "Dice 0.8 on a phantom"),
        ({"accuracy": {"full": [1, 2]}}, ""),
        ({"accuracy": {"other": 1}}, ""),
        ({}, ""),
    ],
)
def test_accuracy_in_a_few_words(card: ModelCard, about: dict, told: str) -> None:
    assert accuracy_of(replace(card, about=about)) == told


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"sources": [{"source": "LiTS"}, {"source": "own"}, {"source": "LiTS"}, "x"]}, "LiTS, own"),
        ({"sources": [], "origin": "a checkpoint"}, "a checkpoint"),
        ({}, ""),
    ],
)
def test_sources_in_a_few_words(card: ModelCard, about: dict, told: str) -> None:
    assert sources_of(replace(card, about=about)) == told
