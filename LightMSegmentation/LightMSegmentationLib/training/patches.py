"""The stream of training batches: each is a function of configuration, archive and step alone.

Nothing is carried from one step to the next, so an interrupted run continues with the very batches it would have seen,
and batches can be prepared ahead in another thread.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.inference.model_card import INTENSITY
from LightMSegmentationLib.training.appearance import change_appearance
from LightMSegmentationLib.training.fluid import add_fluid
from LightMSegmentationLib.training.intensity import decode, normalize
from LightMSegmentationLib.training.mirroring import mirrored
from LightMSegmentationLib.training.position import body_offsets
from LightMSegmentationLib.training.sampling import CenterSampler
from LightMSegmentationLib.training.spatial import cut, elastic_displacement, patch_coordinates, random_matrix
from LightMSegmentationLib.training.surroundings import add_surroundings, beside_body
from LightMSegmentationLib.training.synthetic_tumor import grow_tumors

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from LightMSegmentationLib.training.archive import Archive
    from LightMSegmentationLib.training.config import TrainingConfig

Batch = tuple[np.ndarray, np.ndarray]

_AHEAD = 4
#: How far a patch center may lie from the drawn voxel, as a fraction of the patch.
_JITTER = 0.25
_CHANCE_INSIDE = 0.8


class BatchSource:
    """Makes any step's batch: images (batch, channels, k, j, i) float32, target codes (batch, k, j, i) uint8.

    The channels are the configuration's ``inputs``: the intensity in [-1, 1], and where in the body a voxel is.
    The archives, one for each that the configuration names, take turns. Of ``count`` processes, the one with number
    ``rank`` takes every ``count``-th patch of the batch.
    """

    def __init__(self, archives: Sequence[Archive], config: TrainingConfig, rank: int = 0, count: int = 1) -> None:
        self._config = config
        self._mine = range(rank, config.batch, count)
        self._spacings_kji = [np.array(archive.spacing_mm[::-1]) for archive in archives]
        self._samplers = [
            CenterSampler(archive.split("train"), source.sampling)
            for archive, source in zip(archives, config.archives, strict=True)
        ]

    def batch(self, step: int) -> Batch:
        """Return this process' part of the batch of a step."""
        seeds = [np.random.default_rng([self._config.seed, step, number]) for number in self._mine]
        turns = [(step * self._config.batch + number) % len(self._samplers) for number in self._mine]
        images, targets = zip(*(self._patch(turn, rng) for turn, rng in zip(turns, seeds, strict=True)), strict=True)
        return np.stack(images), np.stack(targets)

    def _patch(self, turn: int, rng: np.random.Generator) -> Batch:
        """Return one patch from the archive whose turn it is."""
        config, patch, spacing_kji = self._config, self._config.patch, self._spacings_kji[turn]
        drawn = self._samplers[turn].draw(rng)
        center = np.array(drawn.voxel) + rng.uniform(-_JITTER, _JITTER, 3) * patch
        if rng.random() < _CHANCE_INSIDE:
            center = _inside(center, patch, drawn.case.image.shape)
        coordinates = patch_coordinates(center, patch, random_matrix(rng, config.augmentation))
        if rng.random() < config.augmentation.chance_elastic:
            coordinates += elastic_displacement(rng, patch, config.augmentation.elastic_mm / spacing_kji)
        codes, target = cut(drawn.case.image, drawn.case.target, coordinates)
        hu = decode(codes)
        if rng.random() < config.augmentation.chance_surroundings:
            hu = add_surroundings(hu, beside_body(coordinates, drawn.case.image.shape), spacing_kji, rng)
        if rng.random() < config.augmentation.chance_fluid:
            hu, target = add_fluid(hu, target, spacing_kji, rng)
        if rng.random() < config.augmentation.chance_synthetic_tumor:
            hu, target = grow_tumors(hu, target, spacing_kji, drawn.case.phase, rng)
        hu, target = change_appearance(hu, target, float(spacing_kji[0]), rng, config.augmentation)
        offsets = body_offsets(coordinates, drawn.case.center, spacing_kji, rng)
        if rng.random() < config.augmentation.chance_mirrored:
            hu, target, offsets = mirrored(hu, target, offsets)
        channels = {INTENSITY: normalize(hu), **offsets}
        return np.stack([channels[name] for name in config.inputs]), target


def batches(source: BatchSource, first: int, last: int) -> Generator[Batch, None, None]:
    """Yield the batches of steps ``first`` to ``last`` - 1, prepared ahead in one thread."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting: list[Future[Batch]] = [
            pool.submit(source.batch, step) for step in range(first, min(first + _AHEAD, last))
        ]
        try:
            for step in range(first, last):
                batch = waiting.pop(0).result()
                if step + _AHEAD < last:
                    waiting.append(pool.submit(source.batch, step + _AHEAD))
                yield batch
        finally:
            for future in waiting:
                future.cancel()


def _inside(center: np.ndarray, patch: tuple[int, int, int], shape: tuple[int, ...]) -> np.ndarray:
    """Move a center so that the patch lies within the scan, or in its middle where the scan is smaller."""
    half = np.array(patch) / 2
    low, high = half, np.array(shape) - half
    middle = np.array(shape) / 2
    return np.where(low <= high, np.clip(center, low, high), middle)
