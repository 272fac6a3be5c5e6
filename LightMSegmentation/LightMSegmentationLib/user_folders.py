"""The user's own folders, by the habits of the operating system. None of them is created here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

TITLE = "LightMUNet"
SLUG = "lightm-unet"


def cache_folder() -> Path:
    """Return where things are kept that can be made again: compiled kernels, packed archives, logs."""
    if sys.platform == "win32":
        return _local_application_data() / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / SLUG
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / SLUG


def data_folder() -> Path:
    """Return where things are kept that the user would miss: own models."""
    if sys.platform == "win32":
        return _local_application_data()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / TITLE
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / SLUG


def _local_application_data() -> Path:
    return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / TITLE
