"""Bringing intensities into the range that a network was trained on, as nnU-Net does.

Source: Isensee et al., "nnU-Net: a self-configuring method for deep learning-based biomedical image segmentation"
(2021), and the schemes of nnU-Net v2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError

if TYPE_CHECKING:
    from LightMSegmentationLib.nnunet.plan import Normalization

SMALLEST_DIVISOR = 1e-8


def normalized(image: np.ndarray, inside: np.ndarray, plan: Normalization) -> np.ndarray:
    """Return one channel (float32, any shape) normalized; ``inside`` marks where the image is not empty."""
    return _SCHEMES[plan.scheme](image.astype(np.float32), inside, plan)


def _ct(image: np.ndarray, _inside: np.ndarray, plan: Normalization) -> np.ndarray:
    np.clip(image, plan.lowest, plan.highest, out=image)
    image -= plan.mean
    image /= max(plan.std, SMALLEST_DIVISOR)
    return image


def _z_score(image: np.ndarray, inside: np.ndarray, plan: Normalization) -> np.ndarray:
    where = inside if plan.inside_only else ...
    values = image[where]
    image[where] = (values - values.mean()) / max(values.std(), SMALLEST_DIVISOR)
    return image


def _unchanged(image: np.ndarray, _inside: np.ndarray, _plan: Normalization) -> np.ndarray:
    return image


def _to_unit_range(image: np.ndarray, _inside: np.ndarray, _plan: Normalization) -> np.ndarray:
    image -= image.min()
    image /= max(image.max(), SMALLEST_DIVISOR)
    return image


def _colors(image: np.ndarray, _inside: np.ndarray, _plan: Normalization) -> np.ndarray:
    if image.min() < 0 or image.max() > 255:
        cause = "The model wants a photograph with values from 0 to 255."
        raise UnusableInputError(cause, "Choose another model or another image.")
    image /= 255.0
    return image


_SCHEMES: dict[str, Callable[[np.ndarray, np.ndarray, Normalization], np.ndarray]] = {
    "CTNormalization": _ct,
    "ZScoreNormalization": _z_score,
    "NoNormalization": _unchanged,
    "RescaleTo01Normalization": _to_unit_range,
    "RGBTo01Normalization": _colors,
}
