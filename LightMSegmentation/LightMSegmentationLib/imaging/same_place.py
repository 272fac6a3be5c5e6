"""Whether two grids are the same, but for rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Grid

#: Grids whose corners differ by less than this part of a voxel are the same; formats round differently.
SAME_PLACE = 0.01


def same_place(one: Grid, other: Grid) -> bool:
    """Tell whether two grids have the same size and their voxels, within a hundredth of one, lie at the same places."""
    if one.size != other.size:
        return False
    corners = np.array([(x, y, z, 1.0) for x in (0, one.size[0]) for y in (0, one.size[1]) for z in (0, one.size[2])])
    apart = np.abs(corners @ (one.index_to_lps - other.index_to_lps).T)
    return bool(apart.max() < SAME_PLACE * min(one.spacing))
