"""The codes of segments for DICOM, from the text that Slicer's segments carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydicom.sr.coding import Code

from LightMSegmentationLib.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries
    from LightMSegmentationLib.segment_role import LabeledSegment, SegmentRole


@dataclass(frozen=True)
class SegmentCodes:
    """What a segment is: category, type, its side, and the anatomic region it lies in, if it is none itself."""

    category: Code
    kind: Code
    side: Code | None
    region: Code | None

    @classmethod
    def of(cls, role: SegmentRole) -> SegmentCodes:
        """Return the codes in the terminology of a segment.

        Raises
        ------
        UsageError
            When it has none.
        """
        if not role.terminology:
            raise _no_code([role.name])
        _, category, kind, side, _, region, _ = role.terminology.split("~")
        return cls(_code(category), _code(kind), _code_or_none(side), _code_or_none(region))

    @property
    def site(self) -> Code:
        """The organ: the region, or the segment itself."""
        return self.region or self.kind


def segments_of(found: LabeledSeries) -> list[LabeledSegment]:
    """Return each segment that has a voxel."""
    return [segment for segment in found.segments if found.volumes_ml[segment.role.segment_id] > 0]


def require_codes(segments: Iterable[LabeledSegment]) -> None:
    """Make sure that there is a code for every segment.

    Raises
    ------
    UsageError
        When there is none for some: DICOM segmentations and reports can't hold them.
    """
    missing = [segment.role.name for segment in segments if not segment.has_code]
    if missing:
        raise _no_code(missing)


def _no_code(names: list[str]) -> UsageError:
    cause = f"No code is known for the model's {'class' if len(names) == 1 else 'classes'} {', '.join(names)}."
    return UsageError(cause, "DICOM needs codes; write the segmentation as .seg.nrrd or .nii.gz.")


def _code_or_none(text: str) -> Code | None:
    return _code(text) if text.strip("^") else None


def _code(text: str) -> Code:
    scheme, value, meaning = text.split("^")
    return Code(value, scheme, meaning)
