"""LiTS: ``volume-N.nii`` and ``segmentation-N.nii``, in one folder or several.

Source: Bilic et al., "The Liver Tumor Segmentation Benchmark (LiTS)" (2023).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from LightMSegmentationLib.datasets.dataset import TEST, Dataset, DatasetCase, split_of

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"(test-)?(volume|segmentation)-(\d+)\.nii(\.gz)?", re.IGNORECASE)


def read_lits(folder: Path) -> Dataset | None:
    """Return the dataset in a folder, or None when it is another."""
    volumes: dict[tuple[str, int], Path] = {}
    segmentations: dict[int, Path] = {}
    for path in sorted(folder.rglob("*.nii*")):
        match = _NAME.fullmatch(path.name)
        if match and match[2].lower() == "volume":
            volumes[match[1] or "", int(match[3])] = path
        elif match:
            segmentations[int(match[3])] = path
    if not volumes:
        return None
    cases = tuple(_case(part, number, path, segmentations) for (part, number), path in sorted(volumes.items()))
    return Dataset("LiTS", "CC BY-NC-ND 4.0", scans=True, cases=cases)


def _case(part: str, number: int, path: Path, segmentations: dict[int, Path]) -> DatasetCase:
    name = f"{part}volume-{number}".lower()
    mask = None if part else segmentations.get(number)
    return DatasetCase(name, name, TEST if part or mask is None else split_of(name), path, (mask,) if mask else ())
