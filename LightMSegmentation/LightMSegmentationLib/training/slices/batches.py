"""Which pictures make a batch: a function of seed and step alone, so that a stopped run goes on as if never stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from LightMSegmentationLib.training.slices.config import SliceTrainingConfig

_SHUFFLE, _CHANGE = 0, 1


def steps_per_epoch(pictures: int, batch: int) -> int:
    """Return how many batches show every picture once; the last one may be smaller."""
    return -(-pictures // batch)


def batch_rows(step: int, rows: np.ndarray, config: SliceTrainingConfig) -> np.ndarray:
    """Return the numbers of the pictures of a step's batch: every epoch goes through all ``rows`` in its own order."""
    epoch, place = divmod(step, steps_per_epoch(len(rows), config.batch))
    order = np.random.default_rng((config.seed, _SHUFFLE, epoch)).permutation(rows)
    return order[place * config.batch : (place + 1) * config.batch]


def random_source(step: int, rank: int, config: SliceTrainingConfig) -> np.random.Generator:
    """Return the random numbers with which one process changes the pictures of a step."""
    return np.random.default_rng((config.seed, _CHANGE, step, rank))
