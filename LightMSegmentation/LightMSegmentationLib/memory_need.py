"""How much memory a scan will need, and whether this machine has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.available_memory import available_memory, held_memory
from LightMSegmentationLib.errors import ResourceError

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.inference.settings import Mode

_GIB = 1024**3

#: Interpreter, libraries, network and the working memory of one patch.
_FIXED_BYTES = {"fast": 0.9 * _GIB, "full": 1.1 * _GIB, "best": 1.5 * _GIB}

#: Scan, clamped copy, labels and their components while they are cleaned, per voxel of the scan. Measured on a scan of
#: 600 x 600 x 900 voxels: 3.7 GiB in fast mode, 3.4 GiB in full mode.
_BYTES_PER_VOXEL = 11.0


def memory_need(grid: Grid, mode: Mode) -> float:
    """Return the estimated peak memory in bytes of segmenting a scan on ``grid``."""
    return _FIXED_BYTES[mode.value] + _BYTES_PER_VOXEL * grid.size[0] * grid.size[1] * grid.size[2]


def check_memory(grid: Grid, mode: Mode) -> None:
    """Make sure, before anything is computed, that the memory suffices.

    What this process holds already counts as available: the need is that of a whole process, with its libraries and
    the model, which a worker keeps loaded.

    Raises
    ------
    ResourceError
        With the estimate and what is available.
    """
    need, available = memory_need(grid, mode), available_memory() + held_memory()
    if need > available:
        size = " x ".join(str(extent) for extent in grid.size)
        cause = (
            f"This scan of {size} voxels needs about {need / _GIB:.1f} GiB of memory in {mode.value} mode, and"
            f" {available / _GIB:.1f} GiB are available."
        )
        raise ResourceError(cause, "Close other programs, or cut the scan to the region around the liver.")
