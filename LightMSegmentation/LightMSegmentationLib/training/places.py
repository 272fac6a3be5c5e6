"""Where training keeps its archives and states: the user's cache folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """Return the product's folder in the user's cache (not created)."""
    return _user_cache() / "lightm-unet"


def state_folder(run: str) -> Path:
    """Return the default folder of a run's checkpoints and logs (not created)."""
    return cache_folder() / "training" / run


def archive_path(name: str) -> Path:
    """Return the default path of a packed archive (its folder is not created)."""
    return cache_folder() / "archives" / f"{name}.npz"


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
