"""True voxels somewhere in space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from LightMSegmentationLib.imaging.box import Box


@dataclass(frozen=True)
class Mask:
    """Voxels of a segment: ``array`` (bool; k, j, i) on ``box`` of a lattice; ``index_to_ras`` maps its (i, j, k)."""

    array: np.ndarray
    box: Box
    index_to_ras: np.ndarray

    @classmethod
    def of(cls, array: np.ndarray, index_to_ras: np.ndarray, first: tuple[int, int, int] = (0, 0, 0)) -> Mask:
        """Return the mask cut to its true voxels; ``first`` is the index (k, j, i) of the array's first voxel."""
        box = Box.of_mask(array)
        if box is None:
            return cls(np.zeros((0, 0, 0), bool), Box((0, 0, 0), (0, 0, 0)), index_to_ras)
        (k0, j0, i0), (k1, j1, i1), (k, j, i) = box.start, box.stop, first
        return cls(array[box.slices], Box((k0 + k, j0 + j, i0 + i), (k1 + k, j1 + j, i1 + i)), index_to_ras)
