"""Keeping freed memory for the next use, where the C library would give it back to the system at once.

A network frees and takes blocks of many megabytes all the time. glibc returns each to the system and asks for it
again, and the system clears every page of it anew: up to a third of the processor time of a segmentation.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Parameters of mallopt, from glibc's malloc.h.
_TRIM_THRESHOLD = -1
_MMAP_MAX = -4
_ARENA_MAX = -8
_NEVER = 2**31 - 1


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Keep what is freed inside the block in this process, and give it back to the system at the block's end.

    The process' resident memory then stays near its peak until the end. Only glibc has such settings; with another C
    library nothing changes. Not for a process that is not ours alone, such as Slicer.
    """
    library = _glibc()
    if library is None:
        yield
        return
    library.mallopt(_MMAP_MAX, 0)
    # The arenas that threads have of their own end at 64 MB and would keep what another thread could use.
    library.mallopt(_ARENA_MAX, 1)
    library.mallopt(_TRIM_THRESHOLD, _NEVER)
    try:
        yield
    finally:
        library.malloc_trim(0)


def give_back_freed_memory() -> None:
    """Give what this process has freed back to the system, so that its resident memory is what it uses."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
