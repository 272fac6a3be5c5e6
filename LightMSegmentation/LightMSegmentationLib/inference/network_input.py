"""Making the network's input from a volume.

A tile of 10 to 20 cm does not always show the spine, and without it nothing in a tile tells left from right: a large
spleen then looks like a liver. A network may therefore be given where in the body a voxel is, beside its intensity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from LightMSegmentationLib.imaging.body import offsets_mm
from LightMSegmentationLib.imaging.resample import resample, resampled_grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.model_card import BACKWARD, INTENSITY, LEFTWARD

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Vector
    from LightMSegmentationLib.inference.model_card import StagePlan

POSITION_SCALE_MM = 100.0
"""The offset that becomes 1: a body's half width is 1.5 to 2.5 then."""


def resampled_for(volume: Volume, plan: StagePlan) -> Volume:
    """Return the canonical volume on the stage's grid: clamped HU, float32."""
    lowest, highest = plan.clamp_hu
    clamped = Volume(np.clip(volume.array, round(lowest), round(highest)), volume.grid)
    return resample(clamped, resampled_grid(volume.grid, plan.spacing_mm), default_value=lowest)


def network_input(volume: Volume, plan: StagePlan, center: Vector) -> torch.Tensor:
    """Return the plan's inputs (channels, k, j, i), float32, of a canonical volume; ``center`` (LPS, mm) is the body's.

    The intensity window is scaled to -1..1, offsets from the center are in units of ``POSITION_SCALE_MM``.
    """
    leftward, backward = (torch.from_numpy(offset / POSITION_SCALE_MM) for offset in offsets_mm(volume, center))
    channels = {LEFTWARD: leftward.view(1, 1, -1), BACKWARD: backward.view(1, -1, 1)}
    image = torch.empty(len(plan.inputs), *volume.array.shape)
    for channel, name in zip(image, plan.inputs, strict=True):
        channel.copy_(_intensity(volume, plan) if name == INTENSITY else channels[name])
    return image


def _intensity(volume: Volume, plan: StagePlan) -> torch.Tensor:
    low, high = plan.window_hu
    image = torch.from_numpy(np.array(volume.array, dtype=np.float32))
    return image.clamp_(low, high).sub_(low).mul_(2.0 / (high - low)).sub_(1.0)
