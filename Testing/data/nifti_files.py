"""Changes to single fields of a NIfTI-1 file, for headers that no writer would write."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DATATYPE, PIXDIM, SCL_SLOPE, QFORM_CODE, SFORM_CODE, SROW, MAGIC = 70, 76, 112, 252, 254, 280, 344
_HEADER = "i10s18sihcB8h3f4h8f3fhcB4f2i80s24s2h6f12f16s4s"


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
