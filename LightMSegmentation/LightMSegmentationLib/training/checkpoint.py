"""The state of a run on disk: everything that an interrupted run needs to continue as if nothing had happened."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

import torch

from LightMSegmentationLib.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "checkpoint.pt"


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Write the state (tensors and plain values), replacing the older one only when the new one is safely on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{FILE_NAME}.unfinished"
    with unfinished.open("wb") as stream:
        torch.save(state, stream)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(folder / FILE_NAME)


def load_checkpoint(folder: Path) -> dict[str, Any] | None:
    """Return the last state in a folder, or None where there is none.

    Raises
    ------
    ModelError
        When the file is damaged.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return None
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        cause = f"The training checkpoint {path} is damaged: {error}."
        raise ModelError(cause, "Remove it to start this run again.") from error
