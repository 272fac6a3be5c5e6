"""Making the network's input from a volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from LightMSegmentationLib.imaging.resample import resample, resampled_grid
from LightMSegmentationLib.imaging.volume import Volume

if TYPE_CHECKING:
    from LightMSegmentationLib.inference.model_card import StagePlan

PHYSICAL_RANGE_HU = (-250, 500)
"""Clamped to before resampling: the training volumes were, and metal must not bleed into its surroundings."""


def resampled_for(volume: Volume, plan: StagePlan) -> Volume:
    """Return the canonical volume on the stage's grid: clamped HU, float32."""
    clamped = Volume(np.clip(volume.array, *PHYSICAL_RANGE_HU), volume.grid)
    return resample(clamped, resampled_grid(volume.grid, plan.spacing_mm), default_value=PHYSICAL_RANGE_HU[0])


def network_input(volume: Volume, plan: StagePlan) -> torch.Tensor:
    """Return the image (k, j, i), float32: the intensity window scaled to -1..1."""
    low, high = plan.window_hu
    image = torch.from_numpy(np.ascontiguousarray(volume.array, dtype=np.float32))
    return image.clamp_(low, high).sub_(low).mul_(2.0 / (high - low)).sub_(1.0)
