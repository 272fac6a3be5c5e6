"""What two stages say together about the voxels that both looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.resample import resample
from LightMSegmentationLib.imaging.volume import Volume

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Grid


def average_logits(fine: np.ndarray, fine_grid: Grid, coarse: np.ndarray, coarse_grid: Grid) -> None:
    """Turn the fine stage's logits (float32, classes, k, j, i) into the mean of both stages', in place.

    The coarse stage sees more of the body around a voxel, the fine one more of its texture, and they err in different
    places. The grids' axes are parallel; where the coarse grid does not reach, the fine stage counts alone.
    """
    for own, other in zip(fine, coarse, strict=True):
        joined = resample(Volume(np.ascontiguousarray(other), coarse_grid), fine_grid, default_value=np.nan).array
        joined += own
        joined *= 0.5
        np.copyto(own, joined, where=~np.isnan(joined))
