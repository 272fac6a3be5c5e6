"""The one call that segments a photograph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.inference.foreign_model import ForeignModel
from LightMSegmentationLib.inference.slice_model import SliceModel
from LightMSegmentationLib.nnunet.model import NnUNetModel

if TYPE_CHECKING:
    from LightMSegmentationLib.inference.any_model import AnyModel

PIXEL_SPACING = (999.0, 1.0, 1.0)
"""What nnU-Net takes for the spacing of a picture, which has none."""


def segment_photo(pixels: np.ndarray, model: AnyModel) -> np.ndarray:
    """Return uint8 labels (rows, columns) of a photograph, uint8 (rows, columns, 3).

    Raises
    ------
    UnusableInputError
        When the model is one for scans.
    """
    predictor = model.predictor if isinstance(model, ForeignModel) else None
    if isinstance(predictor, SliceModel):
        return predictor.labels_of_photo(pixels)
    if isinstance(predictor, NnUNetModel) and predictor.plan.dims == 2:
        channels = pixels.transpose(2, 0, 1)[:, None].astype(np.float32)
        if len(predictor.plan.normalization) == 1:
            channels = channels.mean(axis=0, keepdims=True)
        return predictor.labels_of_channels(channels, PIXEL_SPACING, _silent)[0]
    cause = f"The model '{model.card.name}' was made for CT, not for photographs."
    raise UnusableInputError(cause, "Name a model for photographs with --model; see 'lightm models'.")


def _silent(_done: int, _total: int) -> None:
    pass
