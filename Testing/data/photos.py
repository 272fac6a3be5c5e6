"""Photographs to segment, drawn: a dark, irregular spot on bright skin, and its mask."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def skin_photo(rows: int = 96, columns: int = 128, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels (rows, columns, 3), uint8, and the mask of the spot (rows, columns), bool."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:rows, :columns]
    angle = np.arctan2(y - rows * 0.5, x - columns * 0.45)
    radius = 0.28 * rows * (1 + 0.15 * np.sin(3 * angle + seed))
    mask = np.hypot(y - rows * 0.5, x - columns * 0.45) < radius
    pixels = np.where(mask[..., None], (96, 60, 50), (222, 180, 160)) + rng.normal(0, 6, (rows, columns, 3))
    return pixels.clip(0, 255).astype(np.uint8), mask


def write_photo(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def write_mask_file(path: Path, mask: np.ndarray) -> Path:
    return write_photo(path, (mask * 255).astype(np.uint8))
