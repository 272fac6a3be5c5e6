"""Changes to single fields of a NIfTI-1 file, for headers that no writer would write."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DIM, DATATYPE, PIXDIM, SCL_SLOPE, QFORM_CODE, SFORM_CODE, SROW, MAGIC = 40, 70, 76, 112, 252, 254, 280, 344
_HEADER = "i10s18sihcB8h3f4h8f3fhcB4f2i80s24s2h6f12f16s4s"
_MOVED = (
    ("2h", DATATYPE, "2h", 12),
    ("8h", DIM, "8q", 16),
    ("8f", PIXDIM, "8d", 104),
    ("2f", SCL_SLOPE, "2d", 176),
    ("2h", QFORM_CODE, "2i", 344),
    ("6f", 256, "6d", 352),
    ("12f", SROW, "12d", 400),
)
"""Fields of version 1 (struct form, offset) and where they are in version 2."""


def patch(path: Path, offset: int, form: str, *values: float) -> Path:
    """Overwrite the field at ``offset`` of an uncompressed little-endian .nii file; ``form`` is that of `struct`."""
    data = bytearray(path.read_bytes())
    struct.pack_into(f"<{form}", data, offset, *values)
    path.write_bytes(data)
    return path


def make_big_endian(path: Path) -> Path:
    """Turn an uncompressed little-endian int16 .nii file into a big-endian one."""
    data = path.read_bytes()
    header = struct.pack(f">{_HEADER}", *struct.unpack(f"<{_HEADER}", data[:348]))
    voxels = struct.unpack(f"<{(len(data) - 352) // 2}h", data[352:])
    path.write_bytes(header + data[348:352] + struct.pack(f">{len(voxels)}h", *voxels))
    return path


def make_version_2(path: Path, *, by_sform: bool) -> Path:
    """Turn an uncompressed little-endian .nii file into one of version 2, placed by its sform or its qform alone."""
    data, header = path.read_bytes(), bytearray(544)
    for old_form, old_offset, new_form, new_offset in _MOVED:
        struct.pack_into(f"<{new_form}", header, new_offset, *struct.unpack_from(f"<{old_form}", data, old_offset))
    struct.pack_into("<i8s", header, 0, 540, b"n+2\0\r\n\x1a\n")
    struct.pack_into("<q", header, 168, 544)
    struct.pack_into("<i", header, 344 if by_sform else 348, 0)
    path.write_bytes(bytes(header) + data[352:])
    return path
