"""What several looks at the same voxels say together: of two stages, or of one at several spacings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.resample import resample
from LightMSegmentationLib.imaging.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    from LightMSegmentationLib.imaging.grid import Grid

Look = tuple[np.ndarray, "Grid"]
"""Logits (float32, classes, k, j, i) and the grid that they lie on."""


def mean_logits(first: Look, others: Sequence[Look]) -> Look:
    """Return the mean of all looks on the grid of the first, whose array becomes the result.

    The coarse stage sees more of the body around a voxel, the fine one more of its texture, and they err in different
    places. The grids' axes are parallel; where one does not reach, the others count alone.
    """
    logits, grid = first
    for number, total in enumerate(logits):
        looks = np.ones(total.shape, np.float32)
        for other, other_grid in others:
            joined = resample(Volume(np.ascontiguousarray(other[number]), other_grid), grid, default_value=np.nan).array
            seen = ~np.isnan(joined)
            np.add(total, joined, out=total, where=seen)
            looks += seen
        np.divide(total, looks, out=total)
    return logits, grid
