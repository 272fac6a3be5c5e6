"""One slice of a CT as a gray picture with the outlines of liver and tumor, or of other segments."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.segment_role import LIVER_AND_TUMOR, LIVER_ROLE, TUMOR_ROLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PIL.Image import Image

    from LightMSegmentationLib.segment_role import LabeledSegment, SegmentRole

    Color = tuple[int, int, int]

LIVER_COLOR = (255, 164, 84)
TUMOR_COLOR = (84, 220, 255)
"""Orange and cyan: told apart by every kind of color vision, and by brightness from the gray of the organs."""

_FIRST_HUE, _GOLDEN_RATIO, _SATURATION = 0.33, 0.618034, 0.6
_WINDOW_LEVEL_HU, _WINDOW_WIDTH_HU = 50.0, 350.0
_OVERSAMPLING = 3
_LIVER, _TUMOR = 1, 2


@dataclass(frozen=True)
class Slice:
    """A slice as it is looked at: rows from top to bottom, columns from left to right.

    ``hu`` and ``labels`` have shape (rows, columns); ``pixel_mm`` is (height, width) of a pixel in mm.
    """

    hu: np.ndarray
    labels: np.ndarray
    pixel_mm: tuple[float, float]

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height in mm."""
        rows, columns = self.hu.shape
        return columns * self.pixel_mm[1], rows * self.pixel_mm[0]


def outline_colors(segments: Iterable[LabeledSegment]) -> dict[SegmentRole, Color]:
    """Return the colors of the segments' outlines: far apart on the color wheel, since Slicer's organs look alike."""
    colors = {LIVER_ROLE: LIVER_COLOR, TUMOR_ROLE: TUMOR_COLOR}
    others = [segment.role for segment in segments if segment.role not in colors]
    for number, role in enumerate(others):
        red, green, blue = colorsys.hsv_to_rgb((_FIRST_HUE + number * _GOLDEN_RATIO) % 1.0, _SATURATION, 1.0)
        colors[role] = (round(255 * red), round(255 * green), round(255 * blue))
    return colors


def draw_slice(view: Slice, scale: float, segments: Sequence[LabeledSegment] = LIVER_AND_TUMOR) -> Image:
    """Return the slice in a window for soft tissue (level 50, width 350 HU), outlined, at ``scale`` pixels per mm."""
    from PIL import Image

    size = _pixels(view.size_mm, scale)
    low = _WINDOW_LEVEL_HU - _WINDOW_WIDTH_HU / 2
    gray = np.clip((view.hu.astype(np.float32) - low) * (255.0 / _WINDOW_WIDTH_HU), 0.0, 255.0).astype(np.uint8)
    picture = Image.fromarray(gray).resize(size, Image.Resampling.BICUBIC).convert("RGB")
    colors = outline_colors(segments)
    for segment in segments:
        mask = segment.mask(view.labels)
        if mask.any():
            paint_outline(picture, mask, colors[segment.role])
    return picture


def draw_outlines(picture: Image, labels: np.ndarray, liver_color: Color, tumor_color: Color) -> None:
    """Outline the organ and its tumors (labels: 1 liver, 2 tumor; rows, columns) on a picture of the whole slice."""
    for mask, color in ((labels >= _LIVER, liver_color), (labels == _TUMOR, tumor_color)):
        if mask.any():
            paint_outline(picture, mask, color)


def paint_outline(picture: Image, mask: np.ndarray, color: Color) -> None:
    """Draw the border of a mask (rows, columns) on a picture of the same view, of whatever size."""
    from PIL import Image

    picture.paste(Image.new("RGB", picture.size, color), mask=_outline(mask, picture.size))


def _outline(mask: np.ndarray, size: tuple[int, int]) -> Image:
    """Return the opacity (0 to 255) of a smooth line along the border of ``mask``, in a picture of ``size``."""
    from PIL import Image

    fine_size = (size[0] * _OVERSAMPLING, size[1] * _OVERSAMPLING)
    soft = Image.fromarray(mask.astype(np.uint8) * 255).resize(fine_size, Image.Resampling.BILINEAR)
    inside = np.asarray(soft) >= 128
    line = np.zeros(inside.shape, np.uint8)
    around = _around(inside, 2 * _OVERSAMPLING)
    if around is not None:
        outer = ndimage.maximum_filter(inside[around], 2 * (_OVERSAMPLING // 2) + 1, mode="nearest")
        inner = ndimage.minimum_filter(inside[around], 2 * _OVERSAMPLING + 1, mode="nearest")
        line[around] = np.where(outer & ~inner, 255, 0)
    return Image.fromarray(line).resize(size, Image.Resampling.BOX)


def _around(mask: np.ndarray, margin: int) -> tuple[slice, slice] | None:
    """Return rows and columns of the true pixels with a margin: filtering only them saves most of a preview's time."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    top, left = max(0, rows[0] - margin), max(0, columns[0] - margin)
    return slice(top, rows[-1] + margin + 1), slice(left, columns[-1] + margin + 1)


def _pixels(size_mm: tuple[float, float], scale: float) -> tuple[int, int]:
    return max(1, round(size_mm[0] * scale)), max(1, round(size_mm[1] * scale))
