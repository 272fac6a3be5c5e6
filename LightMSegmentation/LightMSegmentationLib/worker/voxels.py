"""Voxels on their way between two processes: ``.npy`` files in the worker's private folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.codec import MalformedError
from LightMSegmentationLib.imaging.volume import Volume

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Grid

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*\.npy")
_TRAVELING = (np.dtype(np.int16), np.dtype(np.float32), np.dtype(np.uint8))


def send_voxels(array: np.ndarray, folder: Path, name: str) -> str:
    """Write ``array`` (k, j, i) as int16, float32 or uint8, whichever holds it, and return ``name``."""
    path = _inside(folder, name)
    try:
        np.save(path, _traveling(array), allow_pickle=False)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return name


def take_voxels(folder: Path, name: str, grid: Grid) -> Volume:
    """Read the voxels that the other process wrote, and remove their file.

    Raises
    ------
    MalformedError
        When the name leaves the folder or the voxels do not fit ``grid``.
    """
    path = _inside(folder, name)
    try:
        array = np.load(path, allow_pickle=False)
        return Volume(array, grid)
    except (ValueError, FileNotFoundError) as error:
        message = f"voxels {name}: {error}"
        raise MalformedError(message) from error
    finally:
        path.unlink(missing_ok=True)


def _inside(folder: Path, name: str) -> Path:
    if not _PLAIN_NAME.fullmatch(name):
        message = f"voxels {name!r}: not a plain file name"
        raise MalformedError(message)
    return folder / name


def _traveling(array: np.ndarray) -> np.ndarray:
    if array.dtype in _TRAVELING:
        return array
    bounds = np.iinfo(np.int16)
    if array.dtype.kind in "iub" and array.size and bounds.min <= array.min() and array.max() <= bounds.max:
        return array.astype(np.int16)
    return array.astype(np.float32)
