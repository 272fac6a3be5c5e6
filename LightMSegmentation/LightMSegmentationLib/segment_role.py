"""What the two segments are, wherever they are written: identifiers, colors and SNOMED CT codes."""

from __future__ import annotations

from dataclasses import dataclass

ROLE_TAG = "LightMUNet.Role"
"""Segments are ours by this tag; their names are shown text that anybody may change."""

_ANATOMIC_CODES = "Anatomic codes - DICOM master list"


@dataclass(frozen=True)
class SegmentRole:
    """A segment: identifier (also the value of `ROLE_TAG`), shown name, color (red, green, blue, 0 to 1), terminology.

    ``terminology`` is Slicer's text form: context~category~type~modifier~context~region~modifier, each code as
    scheme^value^meaning.
    """

    segment_id: str
    name: str
    color: tuple[float, float, float]
    terminology: str


LIVER_ROLE = SegmentRole(
    "liver",
    "liver",
    (221 / 255, 130 / 255, 101 / 255),
    "Segmentation category and type - 3D Slicer General Anatomy list~SCT^123037004^Anatomical Structure"
    f"~SCT^10200004^Liver~^^~{_ANATOMIC_CODES}~^^~^^",
)
TUMOR_ROLE = SegmentRole(
    "liver_tumor",
    "liver tumor",
    (144 / 255, 238 / 255, 144 / 255),
    "Segmentation category and type - LightMUNet~SCT^49755003^Morphologically Altered Structure"
    f"~SCT^108369006^Neoplasm~^^~{_ANATOMIC_CODES}~SCT^10200004^Liver~^^",
)
"""A network can't tell primary from secondary: neoplasm (DICOM master list), in the liver."""
