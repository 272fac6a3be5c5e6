"""Where in the body the voxels of a patch are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.inference.model_card import BACKWARD, LEFTWARD
from LightMSegmentationLib.inference.network_input import POSITION_SCALE_MM

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Vector

_UNSURE_MM = 12.0
"""Standard deviation of what is added to the center: a patient lies aslant, or half in the scan."""


def body_offsets(
    coordinates: np.ndarray, center: Vector, spacing_kji: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return the offsets of source coordinates (3, k, j, i; voxels) from the body's center, as the network sees them.

    ``center`` is an index (i, j, k); the center of each patch is a little off.
    """
    unsure = rng.normal(0.0, _UNSURE_MM, 2)
    leftward = (coordinates[2] - center[0]) * spacing_kji[2] + unsure[0]
    backward = (coordinates[1] - center[1]) * spacing_kji[1] + unsure[1]
    scaled = {LEFTWARD: leftward / POSITION_SCALE_MM, BACKWARD: backward / POSITION_SCALE_MM}
    return {name: offsets.astype(np.float32) for name, offsets in scaled.items()}
