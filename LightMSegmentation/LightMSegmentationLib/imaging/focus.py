"""Where to look first: the place at which a tumor, or else the liver, is widest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.imaging.canonical import to_canonical

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Vector
    from LightMSegmentationLib.imaging.volume import Volume

_TUMOR = 2


def focus_of(labels: Volume) -> Vector | None:
    """Return the place in RAS mm where the largest tumor is widest, or else the liver; None when there is neither.

    ``labels`` (0, 1 liver, 2 tumor) may have their axes in any order.
    """
    canonical = to_canonical(labels)
    tumor = canonical.array == _TUMOR
    organ = tumor if tumor.any() else canonical.array > 0
    return canonical.grid.ras_at(widest_place(organ)) if organ.any() else None


def widest_place(mask: np.ndarray) -> tuple[int, int, int]:
    """Return the k, j, i of a voxel in the middle of the largest axial cross-section of the largest piece of a mask.

    ``mask`` (bool; k, j, i, of canonical axes) has at least one true voxel; the one returned is true, too.
    """
    (around,) = ndimage.find_objects(mask.view(np.uint8))
    pieces, _ = ndimage.label(mask[around])
    piece = pieces == np.bincount(pieces[pieces > 0]).argmax()
    k = int(piece.sum(axis=(1, 2)).argmax())
    rows, columns = np.nonzero(piece[k])
    nearest = int(np.hypot(rows - rows.mean(), columns - columns.mean()).argmin())
    return k + around[0].start, int(rows[nearest]) + around[1].start, int(columns[nearest]) + around[2].start
