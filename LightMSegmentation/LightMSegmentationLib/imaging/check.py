"""Physical checks: whether a volume is a CT in HU, and whether it can hold a liver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.canonical import canonical_grid
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume

MAX_SPACING_MM = 12.0
MIN_WIDTH_MM = 60.0
MIN_HEIGHT_MM = 15.0
MAX_EXTENT_MM = 3000.0
LIVER_WIDTH_MM = 180.0
LIVER_HEIGHT_MM = 100.0

_SAMPLED_VOXELS = 2_000_000
_GIVE_HU = "Give the original CT in Hounsfield units."


def check_ct(volume: Volume, name: str = "The volume") -> tuple[str, ...]:
    """Check that a volume is a CT in HU whose field of view can hold at least a part of a liver.

    Parameters
    ----------
    volume
        Voxels in HU as they were read.
    name
        How the sentences call it, such as the file's name.

    Returns
    -------
    tuple[str, ...]
        Notes about what is unusual but may well be right.

    Raises
    ------
    UnusableInputError
        When the values can't be HU or the grid can't hold a liver.
    """
    _check_grid(volume.grid, name)
    values = _Values.of(volume.array)
    _check_values(values, name)
    return _notes(values)


def liver_doubts(volume: Volume) -> tuple[str, ...]:
    """Return why a liver may be missing or incomplete in this volume: its values, spacing and field of view."""
    grid = canonical_grid(volume.grid)
    width, depth, height = np.multiply(grid.size, grid.spacing)
    values = _Values.of(volume.array)
    doubts = []
    if height < LIVER_HEIGHT_MM:
        doubts.append(f"The scan covers only {height:.0f} mm along the body; a whole liver needs about 150 mm.")
    if min(width, depth) < LIVER_WIDTH_MM:
        doubts.append(f"The field of view is only {width:.0f} x {depth:.0f} mm; an abdomen needs about 300 mm.")
    if max(grid.spacing) > 6.0:
        doubts.append(f"The voxels are {max(grid.spacing):g} mm long, too coarse to see much of a liver.")
    if values.soft < 0.05:
        doubts.append(f"Only {values.soft:.1%} of the voxels have the HU of soft tissue (0 to 200).")
    return (*doubts, *_notes(values))


@dataclass(frozen=True)
class _Values:
    """Extremes of all voxels, and of a sample of them: the share at the lowest value and in ranges of HU."""

    lowest: float
    highest: float
    at_lowest: float
    below_fat: float
    soft: float
    bulk: float

    @classmethod
    def of(cls, array: np.ndarray) -> _Values:
        step = max(1, round((array.size / _SAMPLED_VOXELS) ** (1 / 3)))
        sample = array[::step, ::step, ::step]
        lowest, highest = float(array.min()), float(array.max())
        tissue = sample[sample > lowest + 0.2 * min(highest - lowest, 3000)]
        return cls(
            lowest,
            highest,
            float(np.mean(sample == lowest)),
            float(np.mean(sample < -50)),
            float(np.mean((sample >= 0) & (sample <= 200))),
            float(np.median(tissue)) if tissue.size else float(lowest),
        )


def _check_grid(grid: Grid, name: str) -> None:
    width, depth, height = (
        float(length) for length in np.multiply(canonical_grid(grid).size, canonical_grid(grid).spacing)
    )
    extent = f"{width:.3g} x {depth:.3g} x {height:.3g} mm"
    if max(grid.spacing) > MAX_SPACING_MM:
        wrong = f"{name} has a voxel spacing of {max(grid.spacing):g} mm, too coarse to delineate a liver."
        raise UnusableInputError(wrong, f"Give a scan with slices at most {MAX_SPACING_MM:g} mm apart.")
    if min(width, depth) < MIN_WIDTH_MM or height < MIN_HEIGHT_MM:
        wrong = f"{name} covers only {extent}, too small for a liver."
        raise UnusableInputError(wrong, "Give an abdominal CT, and check that its spacing is in mm.")
    if max(width, depth, height) > MAX_EXTENT_MM:
        wrong = f"{name} covers {extent}, larger than a person."
        raise UnusableInputError(wrong, "Check that its spacing is in mm.")


def _check_values(values: _Values, name: str) -> None:
    span = f"its values run from {values.lowest:g} to {values.highest:g}"
    if values.lowest == values.highest:
        wrong = f"{name} has the same value, {values.lowest:g}, everywhere."
        raise UnusableInputError(wrong, _GIVE_HU)
    if values.highest - values.lowest < 100:
        wrong = f"{name} is not in HU: {span}, as in a normalized image or a label map."
        raise UnusableInputError(wrong, _GIVE_HU)
    if (values.lowest, values.highest) == (-128, 127) or (values.lowest >= 0 and values.highest <= 255):
        wrong = f"{name} is not in HU: {span}, as in an 8-bit picture made with a window."
        raise UnusableInputError(wrong, _GIVE_HU)
    if values.lowest > -50 or values.below_fat < 0.01:
        _refuse_without_negatives(values, span, name)
    if values.soft < 0.005:
        wrong = f"{name} is not in HU or shows no body: {span}, but hardly any is between 0 and 200, as soft tissue is."
        raise UnusableInputError(wrong, "Give the original CT with its rescale slope and intercept applied.")


def _refuse_without_negatives(values: _Values, span: str, name: str) -> None:
    if 900 <= values.bulk <= 1250:
        wrong = (
            f"{name} is a CT that is not in HU: {span} and soft tissue is near 1024, so the rescale intercept was lost."
        )
        raise UnusableInputError(wrong, "Export it again from DICOM, or subtract the offset (1024 as a rule).")
    wrong = f"{name} is not a CT in HU: {span}, without the negative values of air and fat, as in MR."
    raise UnusableInputError(
        wrong, "Give a CT; if it is one, its rescale intercept was lost: export it again from DICOM."
    )


def _notes(values: _Values) -> tuple[str, ...]:
    if values.lowest > -900 and values.at_lowest > 0.001:
        return (f"The values seem to be clipped to {values.lowest:g}..{values.highest:g} HU.",)
    return ()
