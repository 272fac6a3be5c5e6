"""``lightm evaluate`` of masks of photographs: a pair, or two folders of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.datasets.find import find_dataset
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.imaging.photo import read_foreground
from LightMSegmentationLib.imaging.photo_names import is_photo
from LightMSegmentationLib.measurement.pixel_agreement import PixelAgreement, compare_masks, total_of

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.cli.console import Console

SUFFIXES = ("_segmentation", "_mask", "_Segmentation")
"""What datasets add to a picture's name for its mask."""


def evaluate_masks(predictions: Path, references: Path, console: Console, *, as_json: bool) -> None:
    """Write the papers' measures over all pixels of all pairs.

    Raises
    ------
    UsageError
        When a folder's masks have no partners.
    UnusableInputError
        When a mask can't be read, or two of a pair differ in size.
    """
    pairs = _pairs(predictions, references) if predictions.is_dir() else [(predictions, (references,))]
    total = total_of(_compared(*pair) for pair in pairs)
    if as_json:
        console.say_json({"pictures": len(pairs), **total.as_plain})
        return
    console.say(f"pictures     {len(pairs)}")
    for name, value in total.as_plain.items():
        console.say(f"{name:<12} {value:.4f}")


def are_masks(prediction: Path, reference: Path) -> bool:
    """Tell whether two paths are masks of photographs, or folders of them."""
    if prediction.is_dir() and reference.is_dir():
        return any(is_photo(path) for path in prediction.iterdir())
    return is_photo(prediction) and is_photo(reference)


def _compared(prediction: Path, references: tuple[Path, ...]) -> PixelAgreement:
    """Compare a mask with the union of its references: of X-rays, either lung may have a mask of its own."""
    reference = read_foreground(references[0])
    for other in references[1:]:
        reference = reference | read_foreground(other)
    return compare_masks(read_foreground(prediction), reference)


def _pairs(predictions: Path, references: Path) -> list[tuple[Path, tuple[Path, ...]]]:
    dataset = find_dataset(references)
    if dataset is not None:
        wanted = {_key(case.image): case.masks for case in dataset.labeled}
    else:
        wanted = {_key(path): (path,) for path in sorted(references.iterdir()) if is_photo(path)}
    found = {_key(path): path for path in sorted(predictions.iterdir()) if is_photo(path)}
    alone = sorted(found.keys() - wanted.keys())
    if alone or not found:
        cause = f"{alone[0] if alone else predictions} has no reference in {references}."
        raise UsageError(cause, "Both folders must hold masks of the same names.")
    return [(path, wanted[key]) for key, path in found.items()]


def _key(path: Path) -> str:
    return next((path.stem.removesuffix(suffix) for suffix in SUFFIXES if path.stem.endswith(suffix)), path.stem)
