"""Where compiled kernels are kept: the user's cache folder, never the folder of the code."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

import numba
from numba.core import config

from LightMSegmentationLib.user_folders import cache_folder


@cache
def kernel_folder() -> Path:
    """Return the folder of kernels compiled by this numba from these very sources.

    Numba notices a change of the file that holds a kernel but not of the files it inlines, so the digest of all that
    name numba is part of the name.
    """
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parents[1].rglob("*.py")):
        text = source.read_bytes()
        if b"numba" in text:
            digest.update(text)
    return cache_folder() / f"kernels-numba-{numba.__version__}-{digest.hexdigest()[:12]}"


def compiled(function: Callable) -> Callable:
    """Compile ``function`` with numba on first use, without the interpreter lock, and keep the machine code.

    A ``NUMBA_CACHE_DIR`` of the user's wins over our folder. Where that can't be written, every process compiles anew.
    """
    chosen = config.CACHE_DIR
    config.CACHE_DIR = chosen or str(kernel_folder())
    try:
        return numba.njit(nogil=True, cache=_is_writable(Path(config.CACHE_DIR)), error_model="numpy")(function)
    finally:
        config.CACHE_DIR = chosen


@cache
def _is_writable(folder: Path) -> bool:
    """Make sure of the folder: numba would fall back to the folder of the code."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
