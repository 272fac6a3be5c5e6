"""Pictures inside a page."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Pixels, and for at most how many pictures: some 40 MB at the most.
_WIDTHS = ((960, 400), (640, 1200), (400, 3000))
_QUALITY = 80


def picture_width(count: int) -> int:
    """Return how wide pictures may be in a page that holds ``count`` of them; 0 means that it can't hold them."""
    return next((width for width, most in _WIDTHS if count <= most), 0)


def embedded_picture(path: Path, width: int) -> str:
    """Return a picture, scaled to ``width`` pixels when it is wider, as a data URI; empty when it can't be read."""
    from PIL import Image

    if not width:
        return ""
    try:
        with Image.open(path) as picture:
            picture.thumbnail((width, width), Image.Resampling.LANCZOS)
            buffer = io.BytesIO()
            picture.convert("RGB").save(buffer, "WEBP", quality=_QUALITY)
    except (OSError, ValueError):
        return ""
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
