"""Where a model comes from and how good it is, in a few words each, for a list of models."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from LightMSegmentationLib.inference.model_card import ModelCard

_DICE_OF = (("liver_dice", "liver"), ("tumor_dice", "tumor"))


def sources_of(card: ModelCard) -> str:
    """Return the data that a model was trained on, or what it was made of; empty where its card does not say."""
    sources = card.about.get("sources")
    if isinstance(sources, list):
        names = [str(one["source"]) for one in sources if isinstance(one, dict) and one.get("source")]
        if names:
            return ", ".join(dict.fromkeys(names))
    return str(card.about.get("origin", ""))


def accuracy_of(card: ModelCard) -> str:
    """Return a model's measured accuracy, of its most thorough way to run; empty where its card does not say."""
    accuracy = card.about.get("accuracy")
    if isinstance(accuracy, str):
        return accuracy
    if not isinstance(accuracy, dict):
        return ""
    figures = accuracy.get("full", accuracy.get("fast", accuracy))
    if not isinstance(figures, dict):
        return ""
    told = [f"{name} {figures[key]:.2f}" for key, name in _DICE_OF if isinstance(figures.get(key), float)]
    return f"Dice {', '.join(told)}" if told else ""
