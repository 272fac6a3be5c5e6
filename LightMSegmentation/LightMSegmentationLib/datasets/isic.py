"""ISIC 2017 and 2018: dermoscopy with masks of the lesion.

Two layouts: that of VM-UNet's authors (``train/images``, ``train/masks``, ``val/images``, ``val/masks``), and that of
the challenge (``ISIC2018_Task1-2_Training_Input`` beside ``ISIC2018_Task1_Training_GroundTruth``, and the like, masks
named ``ISIC_0000000_segmentation.png``).

Source: Codella et al., "Skin Lesion Analysis Toward Melanoma Detection 2018" (2019).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from LightMSegmentationLib.datasets.dataset import TEST, TRAIN, VALIDATION, Dataset, DatasetCase
from LightMSegmentationLib.imaging.photo_names import is_photo

if TYPE_CHECKING:
    from pathlib import Path

_SPLITS = {"train": TRAIN, "training": TRAIN, "val": VALIDATION, "validation": VALIDATION, "test": TEST}
_INPUT = re.compile(r"(ISIC-?201[78])_?(?:Task1-2_)?(Training|Validation|Test)(?:_v2)?_(?:Input|Data)", re.IGNORECASE)
_MASK = "_segmentation"


def read_isic(folder: Path) -> Dataset | None:
    """Return the dataset in a folder, or None when it is another."""
    cases = [*_authors(folder), *_challenge(folder)]
    if not cases:
        return None
    return Dataset("ISIC", "CC0 / CC BY-NC, by picture", scans=False, cases=tuple(cases))


def _authors(folder: Path) -> list[DatasetCase]:
    return [
        case
        for part in ("train", "val", "test")
        for case in _cases(folder / part / "images", folder / part / "masks", _SPLITS[part])
    ]


def _challenge(folder: Path) -> list[DatasetCase]:
    cases = []
    for place in sorted(folder.iterdir()) if folder.is_dir() else []:
        match = _INPUT.fullmatch(place.name)
        if match is None:
            continue
        truth = re.compile(rf"{match[1]}_?(Task1_)?{match[2]}(_v2)?(_Part1)?_GroundTruth", re.IGNORECASE)
        masks = next((other for other in sorted(folder.iterdir()) if truth.fullmatch(other.name)), None)
        cases += _cases(place, masks, _SPLITS[match[2].lower()])
    return cases


def _cases(images: Path, masks: Path | None, split: str) -> list[DatasetCase]:
    if not images.is_dir():
        return []
    found = _by_case(masks) if masks is not None and masks.is_dir() else {}
    return [
        DatasetCase(name, name, split, path, (found[name],) if name in found else ())
        for name, path in _by_case(images).items()
    ]


def _by_case(folder: Path) -> dict[str, Path]:
    return {path.stem.removesuffix(_MASK): path for path in sorted(folder.iterdir()) if _is_picture(path)}


def _is_picture(path: Path) -> bool:
    # The challenge keeps the superpixels of its second task beside the pictures.
    return is_photo(path) and not path.stem.endswith("_superpixels")
