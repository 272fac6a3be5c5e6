"""What segments are, wherever they are written: identifiers, colors, SNOMED CT codes, and the labels they hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

ROLE_TAG = "LightMUNet.Role"
"""Segments are ours by this tag; their names are shown text that anybody may change."""

_ANATOMY = "Segmentation category and type - 3D Slicer General Anatomy list~SCT^123037004^Anatomical Structure"
_ANATOMIC_CODES = "Anatomic codes - DICOM master list"


@dataclass(frozen=True)
class SegmentRole:
    """A segment: identifier (also the value of `ROLE_TAG`), shown name, color (red, green, blue, 0 to 1), terminology.

    ``terminology`` is Slicer's text form: context~category~type~modifier~context~region~modifier, each code as
    scheme^value^meaning; empty for what has no code.
    """

    segment_id: str
    name: str
    color: tuple[float, float, float]
    terminology: str


@dataclass(frozen=True)
class LabeledSegment:
    """A segment of a label map: what it is, and all labels whose voxels it holds; two segments may share some."""

    role: SegmentRole
    labels: tuple[int, ...]

    def mask(self, array: np.ndarray) -> np.ndarray:
        """Return which voxels of a label map, of any shape, the segment holds."""
        return reduce(np.logical_or, (array == label for label in self.labels))

    @property
    def has_code(self) -> bool:
        """Whether there is a code for it, which DICOM needs."""
        return bool(self.role.terminology)


def anatomical(code: str, meaning: str, side: tuple[str, str] | None = None) -> str:
    """Return the terminology of an anatomical structure by its SNOMED CT code, and its side where it has one."""
    modifier = "^^" if side is None else f"SCT^{side[0]}^{side[1]}"
    return f"{_ANATOMY}~SCT^{code}^{meaning}~{modifier}~{_ANATOMIC_CODES}~^^~^^"


def without_overlap(segments: Iterable[LabeledSegment]) -> tuple[LabeledSegment, ...]:
    """Return the segments such that each label is in one of them only, the last that holds it: organs lose tumors."""
    taken: set[int] = set()
    alone = []
    for segment in reversed(tuple(segments)):
        alone.append(LabeledSegment(segment.role, tuple(label for label in segment.labels if label not in taken)))
        taken.update(segment.labels)
    return tuple(reversed(alone))


LIVER_ROLE = SegmentRole("liver", "liver", (221 / 255, 130 / 255, 101 / 255), anatomical("10200004", "Liver"))
TUMOR_ROLE = SegmentRole(
    "liver_tumor",
    "liver tumor",
    (144 / 255, 238 / 255, 144 / 255),
    "Segmentation category and type - LightMUNet~SCT^49755003^Morphologically Altered Structure"
    f"~SCT^108369006^Neoplasm~^^~{_ANATOMIC_CODES}~SCT^10200004^Liver~^^",
)
"""A network can't tell primary from secondary: neoplasm (DICOM master list), in the liver."""

LIVER_ALONE = (LabeledSegment(LIVER_ROLE, (1,)),)
"""The segment of a label map of the liver, where tumors are not told."""
LIVER_AND_TUMOR = (LabeledSegment(LIVER_ROLE, (1, 2)), LabeledSegment(TUMOR_ROLE, (2,)))
"""The segments of a label map of liver and liver tumor: the organ includes its tumors, so that the two overlap."""
