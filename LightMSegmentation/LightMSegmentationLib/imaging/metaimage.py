"""MetaImage files (.mha, .mhd).

Source: the format's definition, https://itk.org/Wiki/ITK/MetaIO/Documentation.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.header_checks import check_spacing
from LightMSegmentationLib.imaging.itk_image import read_itk_image
from LightMSegmentationLib.imaging.read_result import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.imaging.read_result import ReadVolume

_MAX_HEADER_LINES = 10_000


def read_metaimage(path: Path) -> ReadVolume:
    """Read a scalar 3D MetaImage file as int16.

    Raises
    ------
    UnusableInputError
        When the file is damaged, not a scalar 3D volume, without a usable spacing, or has more than 1 % NaN or Inf.
    """
    fields = _header(path)
    if fields["NDims"] == "3":
        text = fields.get("ElementSpacing", fields.get("ElementSize", ""))
        check_spacing(path, [_number(word) for word in text.split()])
    return read_itk_image(path, "MetaImageIO")


def _header(path: Path) -> dict[str, str]:
    """Return the fields of the text header, which ends with ElementDataFile."""
    fields: dict[str, str] = {}
    with path.open("rb") as file:
        for _ in range(_MAX_HEADER_LINES):
            name, separator, value = file.readline(4096).decode("utf-8", "replace").partition("=")
            if not separator:
                break
            fields[name.strip()] = value.strip()
            if name.strip() == "ElementDataFile":
                break
    if not {"NDims", "ElementDataFile"} <= fields.keys():
        wrong = "is not a MetaImage file, whatever its name says"
        raise refusal(path, wrong, "Export the scan again as MetaImage, NRRD or NIfTI, or give its DICOM folder.")
    return fields


def _number(text: str) -> float:
    """Return the number in ``text``, NaN where there is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
