"""What is installed, for a list that people choose from; the weights themselves are not looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.inference.model_card import read_model_card
from LightMSegmentationLib.inference.model_store import installed_cards, user_models_folder
from LightMSegmentationLib.inference.settings import BUILT_IN_MODEL
from LightMSegmentationLib.model_manager.default_model import default_model, task_of

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.inference.model_card import ModelCard
    from LightMSegmentationLib.model_manager.default_model import Task


@dataclass(frozen=True)
class InstalledModel:
    """One model: its card, None when that can't be read, and why not; whose it is, and whether it is a default."""

    name: str
    path: Path
    card: ModelCard | None
    problem: str
    is_own: bool
    is_default: bool

    @property
    def task(self) -> Task | None:
        """What the model looks at, None when its card can't be read."""
        return task_of(self.card) if self.card is not None else None


def installed_models() -> list[InstalledModel]:
    """Return all built-in and user models, the one that this program is about first, the others by name."""
    defaults = _defaults()
    cards = installed_cards()
    names = sorted(cards, key=lambda name: (name != BUILT_IN_MODEL, name))
    return [_installed(name, cards[name], name in defaults) for name in names]


def _installed(name: str, path: Path, is_default: bool) -> InstalledModel:
    is_own = path.parent == user_models_folder()
    try:
        return InstalledModel(name, path, read_model_card(path), "", is_own, is_default)
    except ModelError as error:
        return InstalledModel(name, path, None, error.cause, is_own, is_default)


def _defaults() -> set[str]:
    try:
        return {default_model("ct"), default_model("photo")}
    except ModelError:  # none was chosen for photographs
        return {default_model("ct")}
