"""From logits on the network's grid to labels on the native one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.box import Box, crop_grid
from LightMSegmentationLib.imaging.resample import resample
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.result import BACKGROUND, LIVER, TUMOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from LightMSegmentationLib.imaging.grid import Grid

SLAB_VOXELS = 8_000_000
CERTAINLY_BACKGROUND = -1e4


def labels_on_grid(logits: np.ndarray, source: Grid, target: Grid) -> np.ndarray:
    """Return uint8 labels (k, j, i) on ``target`` of logits (classes, k, j, i) on ``source``; the axes are parallel.

    Logits, not labels, are interpolated (linearly), so that surfaces stay smooth; then the largest wins. Voxels
    outside ``source`` are background. Memory beyond the result is bounded by a slab of slices.
    """
    # How far liver and tumor are above background says which is largest: two interpolations instead of three.
    liver, tumor = (Volume(logits[value] - logits[BACKGROUND], source) for value in (LIVER, TUMOR))
    labels = np.zeros(target.shape, dtype=np.uint8)
    for box in slabs(target):
        slab = crop_grid(target, box)
        labels[box.slices] = _largest(*(resample(part, slab, CERTAINLY_BACKGROUND).array for part in (liver, tumor)))
    return labels


def _largest(liver: np.ndarray, tumor: np.ndarray) -> np.ndarray:
    return np.where(tumor > np.maximum(liver, 0.0), np.uint8(TUMOR), (liver > 0.0) * np.uint8(LIVER))


def slabs(grid: Grid) -> Iterator[Box]:
    """Yield boxes of whole slices that cover a grid, of at most ``SLAB_VOXELS`` voxels if one slice has fewer."""
    slices, rows, columns = grid.shape
    step = max(1, SLAB_VOXELS // (rows * columns))
    for start in range(0, slices, step):
        yield Box((start, 0, 0), (min(start + step, slices), rows, columns))
