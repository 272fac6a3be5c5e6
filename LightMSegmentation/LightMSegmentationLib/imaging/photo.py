"""Photographs: dermoscopy, chest X-rays and the like, read as color, and masks and overlays of them written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, UnidentifiedImageError

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.atomic import atomic_path
from LightMSegmentationLib.imaging.photo_names import PHOTO_ENDINGS
from LightMSegmentationLib.imaging.preview_slice import paint_outline

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_PIXELS = 200_000_000
SHOWN = 255
"""Value of a mask's only class, so that it can be seen."""
OUTLINES = ((84, 220, 255), (255, 164, 84), (190, 255, 120), (255, 130, 220), (255, 240, 100), (150, 160, 255))
_DEEP_MODES = ("I", "F", "I;16", "I;16B", "I;16L")


def read_photo(path: Path) -> np.ndarray:
    """Return a photograph as uint8 (rows, columns, 3): gray is repeated, more than 8 bits are scaled to 0..255.

    Rows and columns are those of the file, whatever it says of its orientation: masks are drawn on these.

    Raises
    ------
    UnusableInputError
        When the file is missing, damaged, no picture, or too large to be a photograph.
    """
    with _opened(path) as picture:
        if picture.mode in _DEEP_MODES:
            deep = np.asarray(picture, dtype=np.float64)
            span = max(float(np.ptp(deep)), 1.0)
            gray = np.rint((deep - deep.min()) * (255.0 / span)).astype(np.uint8)
            return np.repeat(gray[:, :, None], 3, axis=2)
        return np.asarray(picture.convert("RGB"))


def read_mask(path: Path) -> np.ndarray:
    """Return a mask's values (rows, columns) as they are in the file, uint8; of colors their brightness.

    Raises
    ------
    UnusableInputError
        When the file can't be read.
    """
    with _opened(path) as picture:
        # A palette's numbers are the classes, not its colors.
        return np.asarray(picture if picture.mode in {"L", "P"} else picture.convert("L"), dtype=np.uint8)


def read_foreground(path: Path) -> np.ndarray:
    """Return where a mask is set (rows, columns), bool: from half of white on, or, in one of 0 and 1, where it is 1.

    Raises
    ------
    UnusableInputError
        When the file can't be read.
    """
    mask = read_mask(path)
    return mask > SHOWN // 2 if mask.max() > 1 else mask > 0


def _opened(path: Path) -> Image.Image:
    advice = f"Give a picture in one of these forms: {', '.join(PHOTO_ENDINGS)}."
    if not path.is_file():
        cause = f"There is no file {path}."
        raise UnusableInputError(cause, "Check the path.")
    try:
        picture = Image.open(path)
        if picture.width * picture.height <= LARGEST_PIXELS:
            picture.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        cause = f"{path.name} is no picture that can be read, or it is damaged."
        raise UnusableInputError(cause, advice) from error
    if picture.width * picture.height > LARGEST_PIXELS:
        cause = f"{path.name} has {picture.width} x {picture.height} pixels, too many for a photograph."
        raise UnusableInputError(cause, "Cut it into parts, or make it smaller.")
    return picture


def write_mask(labels: np.ndarray, path: Path, *, single: bool) -> None:
    """Write labels (rows, columns), uint8: as they are, or as 0 and 255 where there is a ``single`` class."""
    values = np.where(labels > 0, np.uint8(SHOWN), np.uint8(0)) if single else labels
    with atomic_path(path) as temporary:
        Image.fromarray(values).save(temporary)


def write_overlay(pixels: np.ndarray, labels: np.ndarray, path: Path) -> None:
    """Write a photograph (rows, columns, 3) with the outline of every class of ``labels`` (rows, columns)."""
    picture = Image.fromarray(pixels)
    for value in np.unique(labels[labels > 0]):
        paint_outline(picture, labels == value, OUTLINES[(int(value) - 1) % len(OUTLINES)])
    with atomic_path(path) as temporary:
        picture.save(temporary)
