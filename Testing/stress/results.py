"""What is in the output folder of a batch: whether anything was lost, left half written, or left over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import SimpleITK as sitk
from LightMSegmentationLib.batch.ledger import LEDGER_NAME, Ledger
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path


def ledger_states(target: Path) -> dict[str, str]:
    """Return the state of every case, by the first part of its name."""
    with Ledger(target / LEDGER_NAME) as ledger:
        return {name.split("/")[0]: entry.outcome.state.value for name, entry in ledger.entries().items()}


def half_files(target: Path) -> list[str]:
    """Return the results in place that can't be read to their end."""
    files = (path for path in target.rglob("*") if path.is_file() and ".lightm-staging" not in path.parts)
    return [path.name for path in files if not _is_whole(path)]


def unknown_files(target: Path) -> list[str]:
    """Return the files in case folders that no finished case owns."""
    with Ledger(target / LEDGER_NAME) as ledger:
        owned = {name for entry in ledger.entries().values() for name in entry.outcome.files}
    inside = (path.relative_to(target).as_posix() for path in target.glob("case*/**/*") if path.is_file())
    return [name for name in inside if name not in owned]


def _is_whole(path: Path) -> bool:
    try:
        if path.name.startswith(".lightm-") and path.suffix != ".lock":
            return False
        if path.suffix == ".nrrd":
            sitk.ReadImage(str(path))
        elif path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        elif path.suffix == ".png":
            with Image.open(path) as picture:
                picture.load()
    except (RuntimeError, ValueError, OSError):
        return False
    return True
