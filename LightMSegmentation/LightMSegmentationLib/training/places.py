"""Where training keeps its archives and states: the user's cache folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.user_folders import cache_folder

if TYPE_CHECKING:
    from pathlib import Path


def state_folder(run: str) -> Path:
    """Return the default folder of a run's checkpoints and logs (not created)."""
    return cache_folder() / "training" / run


def archive_path(name: str) -> Path:
    """Return the default path of a packed archive (its folder is not created)."""
    return cache_folder() / "archives" / f"{name}.npz"
