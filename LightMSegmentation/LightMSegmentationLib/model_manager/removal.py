"""Removing a model of the user's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import ModelError, UnusableInputError, UsageError
from LightMSegmentationLib.inference.model_card import read_model_card
from LightMSegmentationLib.inference.model_store import CARD_SUFFIX, find_card, installed_cards, user_models_folder
from LightMSegmentationLib.model_manager.default_model import forget_default

if TYPE_CHECKING:
    from pathlib import Path


def remove_model(name: str) -> list[Path]:
    """Remove a model's card and the weights that no other card needs; return what was removed.

    Where it was the default model, none is any more, unless a built-in model of its name comes to light. A card that
    can't be read is removed alone: nothing says which weights are its.

    Raises
    ------
    ModelError
        When there is no such model.
    UsageError
        When it is not the user's own but came with the program.
    UnusableInputError
        When a file can't be removed.
    """
    folder = user_models_folder()
    card = folder / f"{name}{CARD_SUFFIX}"
    if card.parent != folder or not card.is_file():
        find_card(name)
        cause = f"The model '{name}' is not in your models folder and is not removed."
        raise UsageError(cause, "Models that came with LightMUNet stay.")
    mine = _files_of(card)
    shared = {path for other in folder.glob(f"*{CARD_SUFFIX}") if other != card for path in _files_of(other)}
    removed = [card, *sorted(path for path in mine - shared if path.is_file())]
    try:
        for path in removed:
            path.unlink()
    except OSError as error:
        cause = f"The model '{name}' can't be removed ({error.strerror}: {error.filename})."
        raise UnusableInputError(cause, "Close the program that uses it.") from error
    if name not in installed_cards():
        forget_default(name)
    return removed


def _files_of(card: Path) -> set[Path]:
    try:
        names = set(read_model_card(card).weights_files)
    except (ModelError, json.JSONDecodeError):
        names = set()
    return {card.parent / name for name in (*names, f"{card.stem}.LICENSE-WEIGHTS")}
