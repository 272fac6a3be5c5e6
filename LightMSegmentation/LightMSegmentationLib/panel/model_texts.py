"""Models as people read them: a row of the table, and a card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from LightMSegmentationLib.model_manager.card_summary import accuracy_of, sources_of
from LightMSegmentationLib.model_manager.card_text import card_lines

if TYPE_CHECKING:
    from LightMSegmentationLib.model_manager.listing import InstalledModel


def modelTexts(model: InstalledModel) -> tuple[str, ...]:
    """Return a model's cells: name and version, purpose, accuracy, data that it was trained on, license."""
    card = model.card
    if card is None:
        return (model.name, _("can't be used"), "", "", "")
    unknown = _("not stated")
    return (
        f"{model.name} {card.version}",
        _purposeText(model),
        accuracy_of(card) or unknown,
        sources_of(card) or unknown,
        card.license,
    )


def cardText(model: InstalledModel) -> str:
    """Return everything that a model's card says, or why it can't be read."""
    if model.card is None:
        return model.problem
    origin = _("one of yours") if model.is_own else _("built in")
    return "\n".join([f"{model.card.name} {model.card.version} ({origin})", *card_lines(model.card)])


def _purposeText(model: InstalledModel) -> str:
    purpose = _("photographs") if model.task == "photo" else _("CT")
    return _("{purpose} (default)").format(purpose=purpose) if model.is_default else purpose
