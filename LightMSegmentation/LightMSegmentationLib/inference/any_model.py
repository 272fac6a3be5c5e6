"""Loading any installed model: one of ours, or one that others made."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from LightMSegmentationLib.inference.foreign_model import ForeignModel, load_foreign_model
from LightMSegmentationLib.inference.model import LoadedModel, stages_of
from LightMSegmentationLib.inference.model_card import read_model_card
from LightMSegmentationLib.inference.model_store import find_card

if TYPE_CHECKING:
    from LightMSegmentationLib.inference.settings import SegmentationSettings

AnyModel: TypeAlias = LoadedModel | ForeignModel


def load_any_model(settings: SegmentationSettings) -> AnyModel:
    """Load the model that ``settings`` name, for their mode and device.

    Raises
    ------
    ModelError
        When the model, its weights, the device or the backend is missing, damaged or unfit.
    """
    card = read_model_card(find_card(settings.model))
    return stages_of(card, settings) if card.foreign is None else load_foreign_model(card, card.foreign, settings)
