"""MetaImage files (.mha, .mhd).

Source: the format's definition, https://itk.org/Wiki/ITK/MetaIO/Documentation.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.header_checks import check_scalar, check_spacing, number
from LightMSegmentationLib.imaging.itk_image import read_itk_image
from LightMSegmentationLib.imaging.read_result import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.imaging.read_result import ReadVolume

_MAX_HEADER_LINES = 10_000
_BYTES = {
    "CHAR": 1, "UCHAR": 1, "SHORT": 2, "USHORT": 2, "INT": 4, "UINT": 4, "LONG": 4, "ULONG": 4,
    "LONG_LONG": 8, "ULONG_LONG": 8, "FLOAT": 4, "DOUBLE": 8,
}  # fmt: skip


def read_metaimage(path: Path) -> ReadVolume:
    """Read a scalar 3D MetaImage file as int16.

    Raises
    ------
    UnusableInputError
        When the file is damaged, not a scalar 3D volume, without a usable spacing, or has more than 1 % NaN or Inf.
    """
    fields, header_bytes = _header(path)
    check_scalar(path, number(fields.get("ElementNumberOfChannels", "1")))
    if fields["NDims"] == "3":
        text = fields.get("ElementSpacing", fields.get("ElementSize", ""))
        check_spacing(path, [number(word) for word in text.split()])
    _check_length(path, fields, header_bytes)
    return read_itk_image(path, "MetaImageIO")


def _header(path: Path) -> tuple[dict[str, str], int]:
    """Return the fields of the text header, which ends with ElementDataFile, and its length in bytes."""
    fields: dict[str, str] = {}
    with path.open("rb") as file:
        for _ in range(_MAX_HEADER_LINES):
            name, separator, value = file.readline(4096).decode("utf-8", "replace").partition("=")
            if not separator:
                break
            fields[name.strip()] = value.strip()
            if name.strip() == "ElementDataFile":
                break
        length = file.tell()
    if not {"NDims", "DimSize", "ElementType", "ElementDataFile"} <= fields.keys():
        wrong = "is not a MetaImage file, whatever its name says"
        raise refusal(path, wrong, "Export the scan again as MetaImage, NRRD or NIfTI, or give its DICOM folder.")
    return fields, length


def _check_length(path: Path, fields: dict[str, str], header_bytes: int) -> None:
    """Refuse a file that is too short, before MetaIO complains on the terminal."""
    inside = fields["ElementDataFile"].upper() == "LOCAL"
    data = path if inside else path.parent / fields["ElementDataFile"]
    if not inside and not data.exists():
        if fields["ElementDataFile"].upper().startswith("LIST") or "%" in fields["ElementDataFile"]:
            return
        raise refusal(
            path, f"lacks its data file {data.name}", "Copy both files, or convert the scan to one .mha file."
        )
    if data.stat().st_size - (header_bytes if inside else 0) < _stored_bytes(fields):
        raise refusal(data, "is truncated: it ends before its last voxel", "Copy or export the file again.")


def _stored_bytes(fields: dict[str, str]) -> float:
    """Return the length of the voxel data, 0 where the header does not tell."""
    if fields.get("CompressedData", "").lower() == "true":
        stored = number(fields.get("CompressedDataSize", "0"))
    else:
        size = _BYTES.get(fields.get("ElementType", "").removeprefix("MET_"), 0)
        stored = size * math.prod(number(word) for word in fields.get("DimSize", "0").split())
    return stored if math.isfinite(stored) else 0.0
