"""How well two segmentations agree: overlap and distance between surfaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.same_place import same_place
from LightMSegmentationLib.inference.result import LIVER, TUMOR
from LightMSegmentationLib.measurement.components import label_boxes
from LightMSegmentationLib.measurement.surface_distance import surface_distances

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Grid, Vector
    from LightMSegmentationLib.imaging.volume import Volume


@dataclass(frozen=True)
class Agreement:
    """Overlap (0 to 1), distances between surfaces (mm) and volumes (mL) of two masks.

    Two empty masks agree: Dice and IoU are 1 and the distances 0. When one is empty, Dice and IoU are 0 and the
    distances None, for there are none.
    """

    dice: float
    iou: float
    hd95_mm: float | None
    assd_mm: float | None
    prediction_ml: float
    reference_ml: float


def compare(prediction: Volume, reference: Volume) -> dict[str, Agreement]:
    """Return the agreement of two label maps (0 background, 1 liver, 2 tumor), keyed ``liver`` and ``tumor``.

    ``liver`` is the organ including its tumors.

    Raises
    ------
    UnusableInputError
        When the label maps do not lie on the same grid.
    """
    if not same_place(prediction.grid, reference.grid):
        cause = (
            f"The segmentations lie on different grids: {_described(prediction.grid)} and {_described(reference.grid)}."
        )
        raise UnusableInputError(cause, "Compare segmentations of the same scan, saved with its geometry.")
    spacing = prediction.grid.spacing
    return {
        "liver": agreement(prediction.array >= LIVER, reference.array >= LIVER, spacing),
        "tumor": agreement(prediction.array == TUMOR, reference.array == TUMOR, spacing),
    }


def agreement(prediction: np.ndarray, reference: np.ndarray, spacing: Vector) -> Agreement:
    """Return the agreement of two boolean masks (axis order k, j, i) with voxels of ``spacing`` mm (x, y, z).

    - Dice = 2 |P and R| / (|P| + |R|), IoU = |P and R| / |P or R|.
    - HD95 and ASSD as `SurfaceDistances` says.
    """
    (box,) = label_boxes((prediction | reference).view(np.uint8), 1)
    if box is None:
        return Agreement(1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    ours, theirs = prediction[box.slices], reference[box.slices]
    voxel_ml = float(np.prod(spacing)) / 1000.0
    our_size, their_size, common = (int(np.count_nonzero(mask)) for mask in (ours, theirs, ours & theirs))
    distances = surface_distances(ours, theirs, spacing) if our_size and their_size else None
    return Agreement(
        dice=2 * common / (our_size + their_size),
        iou=common / (our_size + their_size - common),
        hd95_mm=distances.percentile(95) if distances else None,
        assd_mm=distances.mean() if distances else None,
        prediction_ml=our_size * voxel_ml,
        reference_ml=their_size * voxel_ml,
    )


def _described(grid: Grid) -> str:
    size, spacing = (" x ".join(f"{value:g}" for value in values) for values in (grid.size, grid.spacing))
    return f"{size} voxels of {spacing} mm"
