"""The codes of the two segments for DICOM, from the text that Slicer's segments carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydicom.sr.coding import Code

from LightMSegmentationLib.inference.result import LIVER, TUMOR
from LightMSegmentationLib.segment_role import LIVER_ROLE, TUMOR_ROLE

if TYPE_CHECKING:
    from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries
    from LightMSegmentationLib.segment_role import SegmentRole

_CONTENTS = ((LIVER_ROLE, LIVER), (TUMOR_ROLE, TUMOR))
"""The segments in their order, each with its least label: ``liver`` includes its tumors."""


@dataclass(frozen=True)
class SegmentCodes:
    """What a segment is: category, type, and the anatomic region it lies in, if it is none itself."""

    category: Code
    kind: Code
    region: Code | None

    @classmethod
    def of(cls, role: SegmentRole) -> SegmentCodes:
        """Return the codes in the terminology of a segment."""
        _, category, kind, _, _, region, _ = role.terminology.split("~")
        return cls(_code(category), _code(kind), _code(region) if region.strip("^") else None)

    @property
    def site(self) -> Code:
        """The organ: the region, or the segment itself."""
        return self.region or self.kind


def segments_of(found: LabeledSeries) -> list[tuple[SegmentRole, int]]:
    """Return each segment that has a voxel and its least label: voxels of this label or a greater one belong to it."""
    greatest = int(found.labels.array.max())
    return [(role, least) for role, least in _CONTENTS if least <= greatest]


def _code(text: str) -> Code:
    scheme, value, meaning = text.split("^")
    return Code(value, scheme, meaning)
