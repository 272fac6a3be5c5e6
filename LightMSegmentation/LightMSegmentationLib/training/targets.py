"""What is known about each voxel: target codes that say which classes it may be."""

from __future__ import annotations

import numpy as np

from LightMSegmentationLib.training.ball import closed

BACKGROUND, LIVER, TUMOR = 0, 1, 2
LIVER_OR_TUMOR = 3
UNKNOWN = 4

#: Row ``code``: which of background, liver and tumor a voxel with that code may be.
ALLOWED_CLASSES = np.array(
    [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1], [1, 1, 1]],
    dtype=np.float32,
)

_PSEUDO_GAP_MM = 15.0


def target_codes(labels: np.ndarray, kind: str, spacing_kji: tuple[float, float, float]) -> np.ndarray:
    """Turn a label map (0 background, 1 liver, 2 tumor; k, j, i) into target codes.

    Parameters
    ----------
    labels
        uint8 label map.
    kind
        ``liver+tumor`` (all is known), ``liver`` (inside the liver a voxel may be tumor) or ``liver-pseudo`` (the
        same, and bays of the label up to 30 mm wide, where a large tumor may have been missed, are unknown).
    spacing_kji
        Voxel spacing in mm.
    """
    if kind == "liver+tumor":
        return labels.astype(np.uint8)
    organ = labels > 0
    codes = np.where(organ, LIVER_OR_TUMOR, BACKGROUND).astype(np.uint8)
    if kind == "liver-pseudo":
        codes[closed(organ, _PSEUDO_GAP_MM, spacing_kji) & ~organ] = UNKNOWN
    return codes
