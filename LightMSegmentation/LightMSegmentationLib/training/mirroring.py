"""Patches seen in a mirror: what looks like liver on the left of the body is none.

Spleens look much like livers, and few training patients have one so large that nothing but its place tells it apart.
A mirrored right lobe lies where such a spleen would, and looks even more like a liver: only from its place can the
network know that it is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.inference.model_card import BACKWARD, LEFTWARD
from LightMSegmentationLib.training.targets import BACKGROUND, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

_SPLEEN_LEFTWARD = 0.8
_SPLEEN_BACKWARD = 0.2
"""Where a spleen may be and a liver's left lobe, which lies in front, is not; in the units of the network's input. With
0.6 and -0.1, as version 0.3 was trained, the tip of a lobe that reaches around the stomach is cut off."""


def mirrored(
    hu: np.ndarray, target: np.ndarray, offsets: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Return a patch (k, j, i) mirrored across the middle of the body: intensities, target codes, offsets.

    The organ is background where a spleen may be, and unknown elsewhere: a left lobe does cross the middle.
    """
    hu, target, leftward, backward = (part[..., ::-1] for part in (hu, target, -offsets[LEFTWARD], offsets[BACKWARD]))
    left = (leftward > _SPLEEN_LEFTWARD) & (backward > _SPLEEN_BACKWARD)
    codes = np.where(target == BACKGROUND, BACKGROUND, np.where(left, BACKGROUND, UNKNOWN)).astype(np.uint8)
    return np.ascontiguousarray(hu), codes, {LEFTWARD: leftward, BACKWARD: backward}
