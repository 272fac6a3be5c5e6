"""All pictures of a run at the network's size in one place, read and resized once instead of in every epoch.

A folder of ``images.npy`` (picture, channels, rows, columns; float16) and ``labels.npy`` (picture, rows, columns;
uint8), which are mapped into memory, and ``index.json``, which is written last.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError, UsageError
from LightMSegmentationLib.imaging.atomic import atomic_path, writing_error
from LightMSegmentationLib.training.slices.pictures import find_pictures, picture_cases, read_picture

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.datasets.dataset import DatasetCase
    from LightMSegmentationLib.inference.slice_plan import SlicePlan

INDEX = "index.json"
_SHAPING = ("source", "size", "order", "window", "scaled_to", "neighbors", "labels")


@dataclass(frozen=True)
class PicturePack:
    """The packed pictures, the split of each, where they came from, and the SHA-256 of all their values."""

    images: np.ndarray
    labels: np.ndarray
    splits: tuple[str, ...]
    source: str
    license: str
    sha256: str

    def rows(self, split: str) -> np.ndarray:
        """Return the numbers of the pictures of a split."""
        return np.flatnonzero(np.array(self.splits) == split)


def prepared_pack(folder: Path, plan: SlicePlan, data: Path | None) -> PicturePack:
    """Return the pack in ``folder``, packing it from the data folder the first time.

    Raises
    ------
    UsageError
        When it has to be packed and no data folder was named, or it was packed for another input.
    """
    if not (folder / INDEX).is_file():
        if data is None:
            cause = f"The pictures {folder.name!r} have not been packed yet."
            raise UsageError(cause, "Name the dataset's folder once: --data FOLDER.")
        pack_pictures(data, plan, folder)
    return load_pack(folder, plan)


def pack_pictures(data: Path, plan: SlicePlan, folder: Path) -> None:
    """Read and resize all pictures of a dataset into ``folder``; on failure nothing is left there.

    Raises
    ------
    UsageError, UnusableInputError
        When the data folder holds no such pictures, or one of them can't be read.
    """
    dataset = find_pictures(data, plan)
    cases = picture_cases(dataset)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
        digest = _write_arrays(cases, plan, folder)
        index = {
            "splits": [case.split for case in cases],
            "source": dataset.title,
            "license": dataset.license,
            "input": _shape_of(plan),
            "sha256": digest,
        }
        with atomic_path(folder / INDEX) as temporary:
            temporary.write_text(json.dumps(index) + "\n", encoding="utf-8")
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise writing_error(folder, error) from error
        raise


def load_pack(folder: Path, plan: SlicePlan) -> PicturePack:
    """Map a pack into memory.

    Raises
    ------
    UnusableInputError
        When it is damaged.
    UsageError
        When it was packed for another input than the plan's.
    """
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        images, labels = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("images", "labels"))
        pack = PicturePack(images, labels, tuple(index["splits"]), index["source"], index["license"], index["sha256"])
        packed_for = index["input"]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        cause = f"The packed pictures in {folder} can't be read: {error}."
        raise UnusableInputError(cause, "Remove that folder and pack them again with --data FOLDER.") from error
    if packed_for != _shape_of(plan):
        cause = f"The pictures in {folder} were packed for a network that sees them otherwise."
        raise UsageError(cause, "Give them another name in 'packed', or remove that folder.")
    return pack


def _write_arrays(cases: tuple[DatasetCase, ...], plan: SlicePlan, folder: Path) -> str:
    """Write images and labels one by one; return the SHA-256 of all values."""
    digest = hashlib.sha256()
    channels = plan.network["in_channels"]
    forms = {"images": (np.float16, (len(cases), channels, *plan.size)), "labels": (np.uint8, (len(cases), *plan.size))}
    images, labels = (
        np.lib.format.open_memmap(folder / f"{name}.npy", mode="w+", dtype=kind, shape=shape)
        for name, (kind, shape) in forms.items()
    )
    for number, case in enumerate(cases):
        picture = read_picture(case, plan)
        images[number], labels[number] = picture.image, picture.labels
        digest.update(images[number].tobytes() + labels[number].tobytes())
    images.flush()
    labels.flush()
    return digest.hexdigest()


def _shape_of(plan: SlicePlan) -> dict[str, Any]:
    """Return what of a plan decides how pictures are packed, as JSON has it."""
    entry = {name: getattr(plan, name) for name in _SHAPING} | {"channels": plan.network["in_channels"]}
    return json.loads(json.dumps(entry))
