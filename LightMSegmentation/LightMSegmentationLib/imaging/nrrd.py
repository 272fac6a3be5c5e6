"""NRRD files (.nrrd, .nhdr).

Source: the format's definition, https://teem.sourceforge.net/nrrd/format.html.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.header_checks import check_spacing, number
from LightMSegmentationLib.imaging.itk_image import read_itk_image
from LightMSegmentationLib.imaging.read_result import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.imaging.read_result import ReadVolume

_MAX_HEADER_LINES = 10_000


def read_nrrd(path: Path) -> ReadVolume:
    """Read a scalar 3D NRRD file as int16.

    Raises
    ------
    UnusableInputError
        When the file is damaged, not a scalar 3D volume, without a usable spacing, or has more than 1 % NaN or Inf.
    """
    fields = _header(path)
    if fields.get("dimension") == "3" and "none" not in fields.get("space directions", ""):
        check_spacing(path, _spacing(fields))
    return read_itk_image(path, "NrrdImageIO")


def _header(path: Path) -> dict[str, str]:
    """Return the fields of the text header."""
    with path.open("rb") as file:
        if not file.readline(16).startswith(b"NRRD00"):
            wrong = "is not an NRRD file, whatever its name says"
            raise refusal(path, wrong, "Export the scan again as NRRD, NIfTI or MetaImage, or give its DICOM folder.")
        lines = (file.readline(65536).decode("utf-8", "replace").strip() for _ in range(_MAX_HEADER_LINES))
        fields: dict[str, str] = {}
        for line in iter(lambda: next(lines, ""), ""):
            name, separator, value = line.partition(": ")
            if separator and not line.startswith("#"):
                fields[name.strip().lower()] = value.strip()
    return fields


def _spacing(fields: dict[str, str]) -> list[float]:
    """Return the lengths of the space directions, or the spacings of a file without them."""
    if "space directions" in fields:
        vectors = re.findall(r"\(([^)]*)\)", fields["space directions"])
        return [math.hypot(*map(number, vector.split(","))) for vector in vectors]
    return [number(word) for word in fields.get("spacings", "").split()]
