"""Where compiled kernels are kept: a cache folder of the user's, never the folder of the code."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numba
from numba.core import config

from LightMSegmentationLib.user_folders import SLUG, cache_folder

_PREFIX = "kernels-numba-"
_VERSIONS_KEPT = 4
_IMPORTS_NUMBA = re.compile(rb"^(?:from|import) numba\b", re.MULTILINE)


@cache
def kernel_folder() -> Path:
    """Return the folder of kernels compiled by this numba from these very sources.

    It lies in the user's cache folder, or in the ``NUMBA_CACHE_DIR`` that the user chose.
    """
    parent = Path(config.CACHE_DIR) / SLUG if config.CACHE_DIR else cache_folder()
    return parent / f"{_PREFIX}{numba.__version__}-{digest_of_kernels(Path(__file__).parents[1])}"


def digest_of_kernels(folder: Path) -> str:
    """Return a digest of all sources below ``folder`` that import numba.

    Numba notices a change of the file that holds a kernel but not of the files it inlines.
    """
    digest = hashlib.sha256()
    for source in sorted(folder.rglob("*.py")):
        text = source.read_bytes()
        if _IMPORTS_NUMBA.search(text):
            digest.update(text)
    return digest.hexdigest()[:12]


def compiled(function: Callable) -> Callable:
    """Compile ``function`` with numba on first use, without the interpreter lock, and keep the machine code.

    Where the folder of kernels can't be written, every process compiles anew.
    """
    folder, chosen = _folder_in_use(), config.CACHE_DIR
    config.CACHE_DIR = str(folder)
    try:
        dispatcher = numba.njit(nogil=True, cache=_is_writable(folder), error_model="numpy")(function)
    finally:
        config.CACHE_DIR = chosen
    _forgive_failed_writes(dispatcher)
    return dispatcher


def _forgive_failed_writes(dispatcher: Any) -> None:
    """Let a kernel run although it could not be kept, as on a full disk: numba would raise."""
    kept = dispatcher._cache
    save = kept.save_overload

    def save_if_possible(*arguments: Any) -> None:
        with suppress(OSError):
            save(*arguments)

    kept.save_overload = save_if_possible


@cache
def _folder_in_use() -> Path:
    """Mark our folder as used now, and remove those of other versions but the newest few."""
    folder = kernel_folder()
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)
        others = sorted(folder.parent.glob(f"{_PREFIX}*"), key=lambda other: other.stat().st_mtime, reverse=True)
        for other in others[_VERSIONS_KEPT:]:
            shutil.rmtree(other, ignore_errors=True)
    return folder


@cache
def _is_writable(folder: Path) -> bool:
    """Make sure of the folder: numba would fall back to the folder of the code."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
