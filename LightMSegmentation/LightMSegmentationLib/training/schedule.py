"""The learning rate over a run: warm up, hold, then fall along a cosine to zero."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from LightMSegmentationLib.training.config import TrainingConfig


def learning_rate(step: int, config: TrainingConfig) -> float:
    """Return the learning rate of a step.

    The rate is held until ``decay_fraction`` of the run is left, so that a run can be lengthened or shortened by
    editing ``steps`` before the decay begins, without having trained on a wrong schedule.
    """
    warm = min(1.0, (step + 1) / config.warmup_steps) if config.warmup_steps else 1.0
    decay_steps = max(1.0, config.decay_fraction * config.steps)
    remaining = min(1.0, (config.steps - step) / decay_steps)
    return config.learning_rate * warm * 0.5 * (1.0 - math.cos(math.pi * remaining))
