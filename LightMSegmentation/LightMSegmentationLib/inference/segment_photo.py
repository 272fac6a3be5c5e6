"""The one call that segments a photograph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.inference.slice_model import SliceModel
from LightMSegmentationLib.nnunet.model import NnUNetModel

if TYPE_CHECKING:
    from LightMSegmentationLib.inference.model import LoadedModel

PIXEL_SPACING = (999.0, 1.0, 1.0)
"""What nnU-Net takes for the spacing of a picture, which has none."""


def segment_photo(pixels: np.ndarray, model: LoadedModel) -> np.ndarray:
    """Return uint8 labels (rows, columns) of a photograph, uint8 (rows, columns, 3).

    Raises
    ------
    UnusableInputError
        When the model is one for scans.
    """
    if isinstance(model.foreign, SliceModel):
        return model.foreign.labels_of_photo(pixels)
    if isinstance(model.foreign, NnUNetModel) and model.foreign.plan.dims == 2:
        channels = pixels.transpose(2, 0, 1)[:, None].astype(np.float32)
        if len(model.foreign.plan.normalization) == 1:
            channels = channels.mean(axis=0, keepdims=True)
        return model.foreign.labels_of_channels(channels, PIXEL_SPACING, _silent)[0]
    cause = f"The model '{model.card.name}' was made for CT, not for photographs."
    raise UnusableInputError(cause, "Name a model for photographs with --model; see 'lightm models'.")


def _silent(_done: int, _total: int) -> None:
    pass
