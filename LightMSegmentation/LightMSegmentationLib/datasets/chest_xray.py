"""Montgomery and Shenzhen: chest X-rays (``CXR_png``) with masks of the lungs.

Montgomery keeps the lungs apart (``ManualMask/leftMask``, ``ManualMask/rightMask``), Shenzhen together (``mask``, names
ending in ``_mask``); where both were joined in one folder, masks of either kind lie in ``masks``.

Source: Jaeger et al., "Two public chest X-ray datasets for computer-aided screening of pulmonary diseases" (2014).
"""

from __future__ import annotations

from pathlib import Path

from LightMSegmentationLib.datasets.dataset import TEST, Dataset, DatasetCase, split_of

_MASK_FOLDERS = (
    Path("ManualMask", "leftMask"),
    Path("ManualMask", "rightMask"),
    Path("mask"),
    Path("masks"),
)


def read_chest_xrays(folder: Path) -> Dataset | None:
    """Return the dataset in a folder, or None when it is another."""
    images = sorted((folder / "CXR_png").glob("*.png"))
    if not images:
        return None
    cases = [_case(path, _masks(folder, path.stem)) for path in images]
    return Dataset("Montgomery and Shenzhen chest X-rays", "public domain", scans=False, cases=tuple(cases))


def _case(image: Path, masks: tuple[Path, ...]) -> DatasetCase:
    return DatasetCase(image.stem, image.stem, split_of(image.stem) if masks else TEST, image, masks)


def _masks(folder: Path, name: str) -> tuple[Path, ...]:
    candidates = (folder / place / f"{name}{mark}.png" for place in _MASK_FOLDERS for mark in ("", "_mask"))
    return tuple(path for path in candidates if path.is_file())
