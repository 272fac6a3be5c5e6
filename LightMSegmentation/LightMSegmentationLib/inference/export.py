"""From logits on the network's grid to labels on the native one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.box import Box, crop_grid
from LightMSegmentationLib.inference.result import LIVER, TUMOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    import SimpleITK

    from LightMSegmentationLib.imaging.grid import Grid

SLAB_VOXELS = 8_000_000
CERTAINLY_BACKGROUND = -1e4


def labels_on_grid(logits: np.ndarray, source: Grid, target: Grid) -> np.ndarray:
    """Return uint8 labels (k, j, i) on ``target`` of logits (classes, k, j, i) on ``source``.

    Logits, not labels, are interpolated (linearly), so that surfaces stay smooth; then the largest wins. Voxels
    outside ``source`` are background. Memory beyond the result is bounded by a slab of slices.
    """
    margins = _foreground_margins(logits, source)
    labels = np.zeros(target.shape, dtype=np.uint8)
    for box in _slabs(target):
        labels[box.slices] = _slab_labels(margins, crop_grid(target, box))
    return labels


def _foreground_margins(logits: np.ndarray, source: Grid) -> SimpleITK.Image:
    """Return how far liver and tumor are above background: two components a voxel are enough for the largest."""
    import SimpleITK as sitk

    margins = np.stack([logits[LIVER] - logits[0], logits[TUMOR] - logits[0]], axis=-1)
    image = sitk.GetImageFromArray(np.ascontiguousarray(margins, dtype=np.float32), isVector=True)
    image.SetSpacing(source.spacing)
    image.SetOrigin(source.origin)
    image.SetDirection(source.direction)
    return image


def _slab_labels(margins: SimpleITK.Image, slab: Grid) -> np.ndarray:
    import SimpleITK as sitk

    resampled = sitk.Resample(
        margins, slab.size, sitk.Transform(), sitk.sitkLinear, slab.origin, slab.spacing, slab.direction,
        CERTAINLY_BACKGROUND, sitk.sitkVectorFloat32,
    )  # fmt: skip
    liver, tumor = np.moveaxis(sitk.GetArrayViewFromImage(resampled), -1, 0)
    return np.where(tumor > np.maximum(liver, 0.0), TUMOR, np.where(liver > 0.0, LIVER, 0)).astype(np.uint8)


def _slabs(grid: Grid) -> Iterator[Box]:
    slices, rows, columns = grid.shape
    step = max(1, SLAB_VOXELS // (rows * columns))
    for start in range(0, slices, step):
        yield Box((start, 0, 0), (min(start + step, slices), rows, columns))
