"""What files of photographs are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PHOTO_ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp")
MASK_ENDINGS = (".png", ".tif", ".tiff", ".bmp")
"""Forms that keep every value as it is, which JPEG does not."""


def is_photo(path: Path) -> bool:
    """Tell by its name whether a file is a photograph rather than a scan."""
    return path.suffix.lower() in PHOTO_ENDINGS
