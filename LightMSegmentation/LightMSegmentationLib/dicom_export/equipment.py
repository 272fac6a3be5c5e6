"""What every object says about who made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from LightMSegmentationLib import __version__
from LightMSegmentationLib.user_folders import TITLE

if TYPE_CHECKING:
    from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries

MANUFACTURER = TITLE
SOFTWARE = "lightm-segmentation"
_SERIAL_NUMBER = "0"
"""Software has none, but the attribute must not be empty."""

SERIES_NUMBERS = {"SEG": 9001, "SR": 9002, "RTSTRUCT": 9003}
"""Behind the numbers that scanners give."""


def equipment(found: LabeledSeries) -> dict[str, Any]:
    """Return the attributes of general equipment as highdicom's constructors name them."""
    return {
        "manufacturer": MANUFACTURER,
        "manufacturer_model_name": SOFTWARE,
        "software_versions": software_versions(found),
        "device_serial_number": _SERIAL_NUMBER,
    }


def identity(found: LabeledSeries, modality: str) -> dict[str, Any]:
    """Return UIDs and numbers of the one instance in a series of its own, as highdicom's constructors name them."""
    return {
        "series_instance_uid": found.uid(f"{modality} series"),
        "series_number": SERIES_NUMBERS[modality],
        "sop_instance_uid": found.uid(f"{modality} instance"),
        "instance_number": 1,
    }


def software_versions(found: LabeledSeries) -> tuple[str, str]:
    """Return the versions of this software and of the model (at most 64 characters each, as DICOM wants it)."""
    return f"{SOFTWARE} {__version__}", f"model {found.model} {found.model_version}"[:64]
