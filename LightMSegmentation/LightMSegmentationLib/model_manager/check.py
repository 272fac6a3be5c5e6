"""What is installed as models, and whether it is whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.inference.model_card import read_model_card
from LightMSegmentationLib.inference.model_store import installed_cards
from LightMSegmentationLib.network.weights import verify_weights

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.inference.model_card import ModelCard


@dataclass(frozen=True)
class ModelCheck:
    """One installed model: its card, None when that can't be read, and what is wrong with it, empty when nothing is."""

    name: str
    path: Path
    card: ModelCard | None
    problem: str

    @property
    def document(self) -> dict[str, object]:
        """The check as plain types for JSON."""
        version = self.card.version if self.card else None
        return {"name": self.name, "version": version, "card": str(self.path), "problem": self.problem or None}


def check_model(name: str, path: Path) -> ModelCheck:
    """Read a card and compare all its weights with their hashes."""
    card = None
    try:
        card = read_model_card(path)
        for file_name, sha256 in card.weights_files.items():
            verify_weights(path.parent / file_name, sha256)
    except ModelError as error:
        return ModelCheck(name, path, card, error.cause)
    return ModelCheck(name, path, card, "")


def check_installed_models() -> list[ModelCheck]:
    """Check all built-in and user models."""
    return [check_model(name, path) for name, path in installed_cards().items()]
