"""The one intensity scale of training and inference, and its compact storage."""

from __future__ import annotations

import numpy as np

#: Hounsfield window; every training case is valid in it.
WINDOW_HU = (-40.0, 160.0)
#: Step of the stored codes; half of the 8 HU steps of the source, so that interpolated values survive.
STEP_HU = 4.0
#: Half a step of the source data: what dithering may add or subtract.
DITHER_HU = 4.0


def encode(hu: np.ndarray) -> np.ndarray:
    """Store HU as codes 0..50 (uint8) over the window, in steps of 4 HU."""
    low, high = WINDOW_HU
    return np.rint((np.clip(hu, low, high) - low) / STEP_HU).astype(np.uint8)


def decode(codes: np.ndarray) -> np.ndarray:
    """Return HU (float32) of stored codes; fractional codes from interpolation are fine."""
    return codes.astype(np.float32) * np.float32(STEP_HU) + np.float32(WINDOW_HU[0])


def normalize(hu: np.ndarray) -> np.ndarray:
    """Scale HU, clamped to the window, to [-1, 1] (float32): what the network sees."""
    low, high = WINDOW_HU
    return ((np.clip(hu, low, high) - low) * (2.0 / (high - low)) - 1.0).astype(np.float32)
