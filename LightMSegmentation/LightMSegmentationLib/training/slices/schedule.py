"""The learning rate from epoch to epoch, as the papers' code changes it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from LightMSegmentationLib.training.slices.config import SliceTrainingConfig


def learning_rate(epoch: int, config: SliceTrainingConfig) -> float:
    """Return the learning rate of an epoch, counted from 0.

    ``cosine`` is that of Loshchilov and Hutter (2017) without restarts, which PyTorch calls CosineAnnealingLR: after
    its period the rate rises again as it fell. ``polynomial`` is nnU-Net's.
    """
    highest, schedule = config.optimizer.learning_rate, config.schedule
    if schedule.kind == "cosine":
        swing = 0.5 * (1.0 + math.cos(math.pi * epoch / schedule.period_epochs))
        return schedule.lowest + (highest - schedule.lowest) * swing
    return highest * (1.0 - epoch / config.epochs) ** schedule.power
