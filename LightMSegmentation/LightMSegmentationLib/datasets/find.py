"""Telling by its files which dataset a folder holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from LightMSegmentationLib.datasets.chest_xray import read_chest_xrays
from LightMSegmentationLib.datasets.dataset import Dataset
from LightMSegmentationLib.datasets.decathlon import read_decathlon
from LightMSegmentationLib.datasets.isic import read_isic
from LightMSegmentationLib.datasets.lits import read_lits
from LightMSegmentationLib.datasets.synapse import read_synapse

_READERS: tuple[Callable[[Path], Dataset | None], ...] = (
    read_synapse,
    read_decathlon,
    read_chest_xrays,
    read_isic,
    read_lits,
)


def find_dataset(folder: Path) -> Dataset | None:
    """Return the dataset in a folder, or None when its layout is that of none.

    Raises
    ------
    UnusableInputError
        When the layout is known, but files that it names are missing.
    """
    if not folder.is_dir():
        return None
    return next((found for reader in _READERS if (found := reader(folder)) is not None), None)
