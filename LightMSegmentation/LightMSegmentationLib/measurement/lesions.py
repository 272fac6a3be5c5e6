"""Liver volume and lesion table of a label map."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.box import crop, crop_grid
from LightMSegmentationLib.imaging.canonical import to_canonical
from LightMSegmentationLib.inference.result import LIVER, TUMOR
from LightMSegmentationLib.measurement.components import components, label_boxes
from LightMSegmentationLib.measurement.diameter import largest_axial_diameter
from LightMSegmentationLib.measurement.findings import Findings, Lesion

if TYPE_CHECKING:
    from collections.abc import Callable

    from LightMSegmentationLib.imaging.box import Box
    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.imaging.volume import Volume

    Confidence = Callable[[np.ndarray, Grid], float]
    """Says how sure it is that a lesion is one: from its mask (bool, k, j, i) and the canonical grid of the mask."""


def measure(labels: Volume, confidence: Confidence | None = None) -> Findings:
    """Measure liver and tumors.

    Parameters
    ----------
    labels
        Integer voxels 0 background, 1 liver, 2 tumor, axis order k, j, i, any orientation. Lesions are the 26-connected
        components of the tumor. Axial slices are perpendicular to the voxel axis that runs most nearly from feet to
        head: the slices as they were reconstructed, also where their axes are oblique.
    confidence
        Asked for every lesion; without it the lesions have none.
    """
    voxel_ml = labels.grid.voxel_volume_ml
    parenchyma_box, tumor_box = label_boxes(labels.array, TUMOR)
    lesions = () if tumor_box is None else _lesions(labels, tumor_box, confidence)
    tumor_ml = sum(lesion.volume_ml for lesion in lesions)
    parenchyma = 0 if parenchyma_box is None else np.count_nonzero(labels.array[parenchyma_box.slices] == LIVER)
    liver_ml = int(parenchyma) * voxel_ml + tumor_ml
    burden = 100.0 * tumor_ml / liver_ml if liver_ml else 0.0
    return Findings(liver_ml, tumor_ml, burden, lesions)


def _lesions(labels: Volume, box: Box, confidence: Confidence | None) -> tuple[Lesion, ...]:
    around = to_canonical(crop(labels, box))
    found = [_measured(part, own, around.grid, confidence) for part, own in components(around.array == TUMOR)]
    found.sort(key=lambda lesion: (-lesion.volume_ml, lesion.center_ras))
    return tuple(replace(lesion, number=number) for number, lesion in enumerate(found, start=1))


def _measured(box: Box, mask: np.ndarray, grid: Grid, confidence: Confidence | None) -> Lesion:
    """Return a lesion, not yet numbered, from its voxels on a box of a canonical grid."""
    center = [start + indices.mean() for start, indices in zip(box.start, np.nonzero(mask), strict=True)]
    diameter = largest_axial_diameter(mask, grid.spacing[:2])
    sure = None if confidence is None else confidence(mask, crop_grid(grid, box))
    return Lesion(0, int(np.count_nonzero(mask)) * grid.voxel_volume_ml, diameter, grid.ras_at(center), sure)
