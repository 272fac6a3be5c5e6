"""Medical Segmentation Decathlon, Task03 (liver): ``imagesTr``, ``labelsTr``, ``imagesTs`` and ``dataset.json``.

Source: Antonelli et al., "The Medical Segmentation Decathlon" (2022).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.datasets.dataset import TEST, Dataset, DatasetCase, split_of

if TYPE_CHECKING:
    from pathlib import Path

_ENDING = ".nii.gz"


def read_decathlon(folder: Path) -> Dataset | None:
    """Return the dataset in a folder, or None when it is another."""
    images = _files(folder / "imagesTr")
    if not any(name.startswith("liver_") for name in images):
        return None
    labels = _files(folder / "labelsTr")
    cases = [
        DatasetCase(name, name, split_of(name) if name in labels else TEST, path, tuple(_one(labels, name)))
        for name, path in images.items()
    ]
    cases += [DatasetCase(name, name, TEST, path, ()) for name, path in _files(folder / "imagesTs").items()]
    return Dataset("MSD Task03 Liver", "CC BY-SA 4.0", scans=True, cases=tuple(cases))


def _one(labels: dict[str, Path], name: str) -> list[Path]:
    return [labels[name]] if name in labels else []


def _files(folder: Path) -> dict[str, Path]:
    """Return files by case; the archive also holds what macOS left, whose names begin with a dot."""
    found = sorted(folder.glob(f"*{_ENDING}")) if folder.is_dir() else []
    return {path.name.removesuffix(_ENDING): path for path in found if not path.name.startswith(".")}
