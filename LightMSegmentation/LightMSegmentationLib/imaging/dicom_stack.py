"""Slices of a DICOM series put in order and checked for gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.read_result import counted, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.imaging.dicom_header import SliceHeader

_SAME_PLACE_MM = 0.01
_GAP = 1.5
_UNEVEN = 0.05
_STRAY_FRACTION = 0.1
_REPEATED_FRACTION = 0.05
_NAMED_GAPS = 4


@dataclass(frozen=True)
class Stack:
    """Parallel slices of one size in the order of their places.

    ``depths`` are their distances (mm) from the first along the common normal, ``index_to_lps`` is the matrix of the
    volume they form when they are evenly spaced (the mean step from slice to slice, sheared under a tilted gantry).
    """

    slices: tuple[SliceHeader, ...]
    depths: np.ndarray
    index_to_lps: np.ndarray
    notes: tuple[str, ...]

    @property
    def is_even(self) -> bool:
        """Whether the slices are evenly spaced, but for rounding."""
        even = np.linspace(0.0, self.depths[-1], len(self.depths))
        return bool(np.abs(self.depths - even).max() <= _UNEVEN * even[1])


def stack_slices(source: Path, slices: list[SliceHeader]) -> Stack:
    """Order slices and drop repeated ones; notes say what was dropped.

    Parameters
    ----------
    source
        The folder or file, for the sentences.
    slices
        All slices of a series, in any order.

    Raises
    ------
    UnusableInputError
        When slices are missing, or the series holds several volumes.
    """
    slices, copy_notes = _without_copies(slices)
    slices, stray_notes = _largest_group(source, slices)
    normal = _normal(slices)
    slices.sort(key=lambda part: (float(normal @ part.position), part.instance_number))
    slices, repeat_notes = _one_each_place(source, slices, normal)
    depths = np.array([normal @ part.position for part in slices])
    if len(slices) < 2:
        raise refusal(source, "holds a single slice, not a volume", "Give the folder of the whole series.")
    _check_gaps(source, slices, depths - depths[0])
    notes = copy_notes + stray_notes + repeat_notes
    return Stack(tuple(slices), depths - depths[0], _matrix(slices), notes)


def _without_copies(slices: list[SliceHeader]) -> tuple[list[SliceHeader], tuple[str, ...]]:
    unique = list({(part.instance_uid, part.frame, part.position): part for part in reversed(slices)}.values())[::-1]
    copies = len(slices) - len(unique)
    return unique, (f"Left out {counted(copies, 'slice')} that the folder holds twice.",) if copies else ()


def _largest_group(source: Path, slices: list[SliceHeader]) -> tuple[list[SliceHeader], tuple[str, ...]]:
    """Return the slices of the commonest size, spacing and orientation; a few others are strays."""
    groups: list[list[SliceHeader]] = []
    for part in slices:
        group = next((group for group in groups if _parallel(group[0], part)), None)
        if group is None:
            groups.append([part])
        else:
            group.append(part)
    largest = max(groups, key=len)
    strays = len(slices) - len(largest)
    if strays > max(1, _STRAY_FRACTION * len(slices)):
        sizes = ", ".join(str(len(group)) for group in groups)
        wrong = f"holds a series of {len(groups)} stacks that differ in orientation, size or spacing ({sizes} slices)"
        raise refusal(source, wrong, "Put the slices of one stack into a folder of their own.")
    return largest, (f"Left out {counted(strays, 'slice')} of another orientation, size or spacing.",) if strays else ()


def _parallel(first: SliceHeader, second: SliceHeader) -> bool:
    return (
        first.size == second.size
        and np.allclose(first.orientation, second.orientation, rtol=0, atol=1e-3)
        and np.allclose(first.spacing, second.spacing, rtol=1e-3)
    )


def _one_each_place(
    source: Path, slices: list[SliceHeader], normal: np.ndarray
) -> tuple[list[SliceHeader], tuple[str, ...]]:
    """Return the first slice of each place; refuse more than a few such places: it may be another phase."""
    kept = [slices[0]]
    for part in slices[1:]:
        if normal @ np.subtract(part.position, kept[-1].position) > _SAME_PLACE_MM:
            kept.append(part)
    repeated = len(slices) - len(kept)
    if repeated > max(1, _REPEATED_FRACTION * len(kept)):
        count = f"{len(slices)} slices at {len(kept)} places"
        wrong = f"holds a series with several images at each place, such as phases ({count})"
        raise refusal(source, wrong, "Put the slices of one phase into a folder of their own.")
    return kept, (f"Left out {counted(repeated, 'slice')} at the place of another one.",) if repeated else ()


def _check_gaps(source: Path, slices: list[SliceHeader], depths: np.ndarray) -> None:
    steps = np.diff(depths)
    usual = float(np.median(steps))
    gaps = np.flatnonzero(steps > _GAP * usual)
    if not gaps.size:
        return
    missing = int(sum(max(1, round(steps[gap] / usual) - 1) for gap in gaps))
    named = "; ".join(f"between {_place(slices[gap])} and {_place(slices[gap + 1])}" for gap in gaps[:_NAMED_GAPS])
    more = f"; and {gaps.size - _NAMED_GAPS} more gaps" if gaps.size > _NAMED_GAPS else ""
    count = "1 slice is" if missing == 1 else f"{missing} slices are"
    wrong = f"is incomplete: {count} missing {named}{more} (the slices are {usual:g} mm apart)"
    raise refusal(source, wrong, "Export or copy the whole series again.")


def _place(part: SliceHeader) -> str:
    """Return the coordinate of a slice along the body axis that it is stacked along, with the name of that axis."""
    axis = int(np.abs(_normal([part])).argmax())
    return f"{'LPS'[axis]} {part.position[axis]:.1f} mm (image {part.instance_number})"


def _normal(slices: list[SliceHeader]) -> np.ndarray:
    normal = np.cross(slices[0].orientation[:3], slices[0].orientation[3:])
    return normal / np.linalg.norm(normal)


def _matrix(slices: list[SliceHeader]) -> np.ndarray:
    first, last = slices[0], slices[-1]
    matrix = np.eye(4)
    matrix[:3, 0] = np.multiply(first.orientation[:3], first.spacing[0])
    matrix[:3, 1] = np.multiply(first.orientation[3:], first.spacing[1])
    matrix[:3, 2] = np.subtract(last.position, first.position) / (len(slices) - 1)
    matrix[:3, 3] = first.position
    return matrix
