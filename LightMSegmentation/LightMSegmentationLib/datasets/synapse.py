"""Synapse multi-organ CT as prepared by the authors of TransUNet: slices as ``.npz``, volumes as ``.npy.h5``.

``train_npz/case0005_slice000.npz`` and ``test_vol_h5/case0001.npy.h5`` hold ``image`` (float, already windowed to 0..1)
and ``label`` (0 to 8); ``lists/lists_Synapse/train.txt`` and ``test_vol.txt`` name what belongs to which part.

Source: Chen et al., "TransUNet: Transformers Make Strong Encoders for Medical Image Segmentation" (2021), section 4.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.datasets.dataset import TEST, TRAIN, Dataset, DatasetCase
from LightMSegmentationLib.errors import ModelError, UnusableInputError

if TYPE_CHECKING:
    from pathlib import Path

_PARTS = (("train.txt", "train_npz", ".npz", TRAIN), ("test_vol.txt", "test_vol_h5", ".npy.h5", TEST))


def read_synapse(folder: Path) -> Dataset | None:
    """Return the dataset in a folder, or None when it is another.

    Raises
    ------
    UnusableInputError
        When a list names a file that is missing.
    """
    lists = next((path.parent for path in sorted(folder.glob("lists/*/train.txt"))), None)
    if lists is None:
        return None
    cases = [case for part in _PARTS for case in _listed(folder, lists, *part)]
    return Dataset("Synapse multi-organ CT (prepared)", "by registration", scans=True, cases=tuple(cases))


def _listed(folder: Path, lists: Path, list_name: str, place: str, ending: str, split: str) -> list[DatasetCase]:
    path = lists / list_name
    names = path.read_text(encoding="utf-8").split() if path.is_file() else []
    cases = []
    for name in names:
        file = folder / place / f"{name}{ending}"
        if not file.is_file():
            cause = f"{list_name} names {file.name}, which is not in {place}."
            raise UnusableInputError(cause, "Get the whole dataset, or shorten the list.")
        cases.append(DatasetCase(name, name.partition("_")[0], split, file, (file,)))
    return cases


def read_prepared(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return image (float32, 0..1) and label (uint8) of a slice (rows, columns) or a volume (slices, rows, columns).

    Raises
    ------
    UnusableInputError
        When the file is damaged or holds no ``image`` and ``label``.
    ModelError
        When the package h5py, which reads ``.h5``, is not installed.
    """
    try:
        image, label = _read_h5(path) if path.name.endswith(".h5") else _read_npz(path)
    except (OSError, KeyError, ValueError) as error:
        cause = f"{path.name} is no prepared slice or volume of Synapse, or it is damaged."
        raise UnusableInputError(cause, "Get the file again.") from error
    return image.astype(np.float32), label.astype(np.uint8)


def _read_npz(path: Path) -> tuple[np.ndarray, np.ndarray]:
    with np.load(path, allow_pickle=False) as content:
        return content["image"], content["label"]


def _read_h5(path: Path) -> tuple[np.ndarray, np.ndarray]:
    try:
        import h5py
    except ImportError as error:
        cause = f"{path.name} needs the Python package h5py, which is not installed."
        raise ModelError(cause, "Install it with: pip install h5py.") from error
    with h5py.File(path, "r") as content:
        return content["image"][:], content["label"][:]
