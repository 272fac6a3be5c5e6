"""Our segments as one label map on the grid of their scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.result import LIVER, TUMOR
from LightMSegmentationLib.scene.labelmap import mask_of_segment
from LightMSegmentationLib.scene.segments import segment_id
from LightMSegmentationLib.segment_role import LIVER_ROLE, TUMOR_ROLE

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode

    from LightMSegmentationLib.imaging.grid import Grid

_SAME_PLACE_MM = 0.01


def labels_of_segments(segmentation_node: vtkMRMLSegmentationNode, grid: Grid) -> Volume:
    """Return 0 background, 1 liver, 2 tumor (uint8; k, j, i) on ``grid``, the one that the segments were drawn on.

    A voxel of both segments, or of the tumor alone, is tumor. A segment that is missing counts as empty.

    Raises
    ------
    UnusableInputError
        When a segment lies on another lattice.
    """
    labels = np.zeros(grid.shape, np.uint8)
    for role, value in ((LIVER_ROLE, LIVER), (TUMOR_ROLE, TUMOR)):
        identifier = segment_id(segmentation_node, role)
        if identifier is None:
            continue
        mask = mask_of_segment(segmentation_node, identifier)
        if not mask.array.size:
            continue
        if not np.allclose(mask.index_to_ras, grid.index_to_ras, atol=_SAME_PLACE_MM):
            cause = f"The segment '{role.name}' has other voxels than the scan."
            raise UnusableInputError(cause, "Segment the scan again.")
        labels[mask.box.slices][mask.array] = value
    return Volume(labels, grid)
