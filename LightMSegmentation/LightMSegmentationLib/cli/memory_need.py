"""How much memory a scan will need, and whether this machine has it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import ResourceError

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.inference.settings import Mode

_GIB = 1024**3

#: Interpreter, libraries and network, and the working memory of one patch.
_FIXED_BYTES = {"fast": 0.9 * _GIB, "full": 1.4 * _GIB}

#: Scan, canonical copy, labels and the block being resampled, per voxel of the scan.
_BYTES_PER_VOXEL = {"fast": 8.0, "full": 9.0}


def memory_need(grid: Grid, mode: Mode) -> float:
    """Return the estimated peak memory in bytes of segmenting a scan on ``grid``."""
    return _FIXED_BYTES[mode.value] + _BYTES_PER_VOXEL[mode.value] * grid.size[0] * grid.size[1] * grid.size[2]


def check_memory(grid: Grid, mode: Mode) -> None:
    """Make sure, before anything is computed, that the memory suffices.

    Raises
    ------
    ResourceError
        With the estimate and what is available.
    """
    need, available = memory_need(grid, mode), available_memory()
    if need > available:
        size = " x ".join(str(extent) for extent in grid.size)
        cause = (
            f"This scan of {size} voxels needs about {need / _GIB:.1f} GiB of memory in {mode.value} mode, and"
            f" {available / _GIB:.1f} GiB are available."
        )
        advice = "Close other programs, use --mode fast, or crop or resample the scan."
        raise ResourceError(cause, advice)


def available_memory() -> float:
    """Return the bytes that this process can still use, within the machine, its container and the user's limits."""
    import psutil

    memory = float(psutil.virtual_memory().available)
    return max(0.0, min(memory, _left_in_container(), _left_in_address_space()))


def _left_in_container(group: Path = Path("/sys/fs/cgroup")) -> float:
    """Return what a control group (version 2) still allows; infinite without one."""
    try:
        limit, used = ((group / name).read_text().strip() for name in ("memory.max", "memory.current"))
    except OSError:
        return float("inf")
    return float("inf") if limit == "max" else float(limit) - float(used)


def _left_in_address_space() -> float:
    """Return what ``ulimit -v`` still allows; infinite without such a limit."""
    if sys.platform == "win32":
        return float("inf")
    import resource

    import psutil

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return float("inf") if limit == resource.RLIM_INFINITY else float(limit) - psutil.Process().memory_info().vms
