"""Where models are: those that travel with the code, and the user's own."""

from __future__ import annotations

import os
from pathlib import Path

from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.resources import resource_path
from LightMSegmentationLib.user_folders import data_folder

CARD_SUFFIX = ".json"


def user_models_folder() -> Path:
    """Return the user's models folder: ``LIGHTM_MODELS``, else the platform's place for application data."""
    if folder := os.environ.get("LIGHTM_MODELS"):
        return Path(folder)
    return data_folder() / "models"


def installed_cards() -> dict[str, Path]:
    """Return the cards of all installed models by name; the user's own win over built-in ones of the same name."""
    folders = (resource_path("Models"), user_models_folder())
    return {card.stem: card for folder in folders for card in sorted(folder.glob(f"*{CARD_SUFFIX}"))}


def find_card(model: str) -> Path:
    """Return the card of an installed model by its name, or the given path of a card.

    Raises
    ------
    ModelError
        When there is no such model; the sentence lists those that are installed.
    """
    if model.endswith(CARD_SUFFIX):
        return Path(model)
    cards = installed_cards()
    if model not in cards:
        names = ", ".join(sorted(cards)) or "none"
        cause = f"No model named '{model}' is installed."
        raise ModelError(cause, f"Installed: {names}; or give the path of a card.")
    return cards[model]
