"""``lightm evaluate --labels``: agreement of label maps of any organs, class by class, as papers on them report it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.same_place import same_place
from LightMSegmentationLib.measurement.agreement import Agreement, agreement

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.cli.console import Console


def evaluate_labels(
    prediction: Path, reference: Path, names: tuple[str, ...], console: Console, *, as_json: bool
) -> None:
    """Write DSC and HD95 of every class, and their means; ``names`` are those of the values 1, 2, ...

    Raises
    ------
    UnusableInputError
        When a file can't be read, holds other values, or lies on another grid than the other.
    """
    ours, grid = _read(prediction, len(names))
    theirs, other = _read(reference, len(names))
    if not same_place(grid, other):
        cause = f"{prediction.name} and {reference.name} lie on different grids."
        raise UnusableInputError(cause, "Compare label maps of the same scan, saved with its geometry.")
    found = {name: agreement(ours == value, theirs == value, grid.spacing) for value, name in enumerate(names, start=1)}
    # A class that neither shows says nothing; the papers leave it out, too.
    present = {name: one for name, one in found.items() if one.prediction_ml or one.reference_ml}
    if as_json:
        console.say_json({**{name: asdict(one) for name, one in found.items()}, "mean": _means(present)})
        return
    console.say(f"{'':14}{'DSC':>8}{'HD95 mm':>10}")
    for name, one in found.items():
        console.say(_line(name, one.dice if name in present else None, one.hd95_mm if name in present else None))
    means = _means(present)
    console.say(_line("mean", means["dice"], means["hd95_mm"]))


def _means(present: dict[str, Agreement]) -> dict[str, float | None]:
    distances = [one.hd95_mm for one in present.values() if one.hd95_mm is not None]
    return {
        "dice": float(np.mean([one.dice for one in present.values()])) if present else None,
        "hd95_mm": float(np.mean(distances)) if distances else None,
    }


def _line(name: str, dice: float | None, distance: float | None) -> str:
    overlap = f"{'-':>8}" if dice is None else f"{dice:8.4f}"
    return f"{name:14}{overlap}{'-':>10}" if distance is None else f"{name:14}{overlap}{distance:10.2f}"


def _read(path: Path, classes: int) -> tuple[np.ndarray, Grid]:
    import SimpleITK as sitk

    try:
        image = sitk.ReadImage(str(path))
        array = sitk.GetArrayFromImage(image)
    except RuntimeError as error:
        cause = f"{path} can't be read as a label map."
        raise UnusableInputError(cause, "Give a label map (.nii.gz, .nrrd, .mha).") from error
    if array.ndim != 3 or array.min() < 0 or array.max() > classes:
        cause = f"{path.name} is no label map of {classes} classes."
        raise UnusableInputError(cause, "Name every class with --labels, in the order of their values.")
    return array, Grid.of_image(image)
