"""The header of a NIfTI file: parsed and checked.

Source: the NIfTI-1 and NIfTI-2 header definitions (nifti1.h, nifti2.h, https://nifti.nimh.nih.gov).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Literal

import numpy as np

from LightMSegmentationLib.imaging.header_checks import check_scalar, check_size, check_spacing
from LightMSegmentationLib.imaging.read_result import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.imaging.grid import Size

_NIFTI1 = np.dtype({
    "names": ["dim", "datatype", "pixdim", "vox_offset", "scl_slope", "scl_inter", "xyzt_units", "qform_code",
              "sform_code", "quatern", "qoffset", "srow", "magic"],
    "formats": ["8i2", "i2", "8f4", "f4", "f4", "f4", "u1", "i2", "i2", "3f4", "3f4", "(3,4)f4", "S4"],
    "offsets": [40, 70, 76, 108, 112, 116, 123, 252, 254, 256, 268, 280, 344],
    "itemsize": 348,
})  # fmt: skip
_NIFTI2 = np.dtype({
    "names": ["magic", "datatype", "dim", "pixdim", "vox_offset", "scl_slope", "scl_inter", "qform_code", "sform_code",
              "quatern", "qoffset", "srow", "xyzt_units"],
    "formats": ["S8", "i2", "8i8", "8f8", "i8", "f8", "f8", "i4", "i4", "3f8", "3f8", "(3,4)f8", "i4"],
    "offsets": [4, 12, 16, 104, 168, 176, 184, 344, 348, 352, 376, 400, 500],
    "itemsize": 540,
})  # fmt: skip
_LAYOUTS = {348: _NIFTI1, 540: _NIFTI2}
_VERSIONS = {348: 1, 540: 2}
_SCALARS = {
    2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8",
}  # fmt: skip
_FARTHEST_VOXELS = 1 << 24
_COLORS = {128: 3, 2304: 4}
_MM_PER_UNIT = {1: 1000.0, 3: 0.001}
_NOT_NIFTI = "is not a NIfTI file, whatever its name says"
_EXPORT = "Export the scan again as NIfTI, NRRD or MetaImage, or give its DICOM folder."


@dataclass(frozen=True)
class NiftiHeader:
    """What of the header is needed: voxel type and scaling, and the raw fields for the geometry (RAS, file's units)."""

    version: int
    shape: Size
    dtype: np.dtype
    slope: float
    intercept: float
    fields: np.void

    @property
    def mm_per_unit(self) -> float:
        """Length of the file's unit in mm (xyzt_units; millimeters where it is unknown)."""
        return _MM_PER_UNIT.get(int(self.fields["xyzt_units"]) & 7, 1.0)

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Apply scl_slope and scl_inter."""
        if (self.slope, self.intercept) == (1.0, 0.0):
            return values
        return values * self.slope + self.intercept


def parse_header(path: Path, stream: IO[bytes]) -> NiftiHeader:
    """Parse and check the header, leaving ``stream`` at the first voxel.

    Raises
    ------
    UnusableInputError
        When it is not the header of a scalar 3D volume with a usable spacing.
    """
    fields, length = _fields(path, stream)
    shape = _shape(path, fields)
    dtype = _dtype(path, fields)
    _check_spacing(path, fields)
    offset = float(fields["vox_offset"])
    if not length <= offset < _FARTHEST_VOXELS:
        raise refusal(path, "is damaged: its header does not tell where the voxels begin", _EXPORT)
    stream.seek(int(offset))
    slope, intercept = _scaling(fields)
    return NiftiHeader(_VERSIONS[length], shape, dtype, slope, intercept, fields)


def _fields(path: Path, stream: IO[bytes]) -> tuple[np.void, int]:
    start = stream.read(4)
    orders: tuple[Literal["<", ">"], ...] = ("<", ">")
    for order in orders:
        length = int(np.frombuffer(start, f"{order}i4")[0]) if len(start) == 4 else 0
        if length in _LAYOUTS:
            data = start + stream.read(length - 4)
            if len(data) < length:
                raise EOFError
            layout = _LAYOUTS[length].newbyteorder(order)
            fields = np.frombuffer(data, layout)[0]
            _check_magic(path, bytes(fields["magic"]))
            return fields, length
    raise refusal(path, _NOT_NIFTI, _EXPORT)


def _check_magic(path: Path, magic: bytes) -> None:
    if magic.startswith((b"ni1", b"ni2")):
        wrong = "is one of a pair of files (.hdr and .img)"
        raise refusal(path, wrong, "Convert the pair to a single .nii.gz file.")
    if not magic.startswith((b"n+1", b"n+2")):
        raise refusal(path, "is an Analyze file, which does not say where left is", "Export the scan again as NIfTI.")


def _shape(path: Path, fields: np.void) -> Size:
    """Return the shape k, j, i; trailing dimensions of one are dropped."""
    rank = int(fields["dim"][0])
    if not 1 <= rank <= 7:
        raise refusal(path, "is damaged: its header gives no number of dimensions", _EXPORT)
    sizes = [int(size) for size in fields["dim"][1 : rank + 1]]
    while len(sizes) > 3 and sizes[-1] == 1:
        sizes.pop()
    if len(sizes) == 5 and sizes[3] == 1:  # The form keeps the values of a vector along its fifth dimension.
        check_scalar(path, sizes[4])
    check_size(path, sizes)
    return sizes[2], sizes[1], sizes[0]


def _dtype(path: Path, fields: np.void) -> np.dtype:
    code = int(fields["datatype"])
    check_scalar(path, _COLORS.get(code, 1))
    if code not in _SCALARS:
        raise refusal(path, f"has voxels of a type that no CT has (NIfTI code {code})", _EXPORT)
    return np.dtype(_SCALARS[code]).newbyteorder(fields.dtype["dim"].base.byteorder)


def _check_spacing(path: Path, fields: np.void) -> None:
    # Negative lengths were once written for a flipped axis; the form's definition has the sign in the orientation.
    check_spacing(path, [abs(float(value)) for value in fields["pixdim"][1:4]])


def _scaling(fields: np.void) -> tuple[float, float]:
    """Return slope and intercept; a slope of zero or NaN means that the values are not scaled."""
    slope, intercept = float(fields["scl_slope"]), float(fields["scl_inter"])
    if slope == 0 or not np.isfinite([slope, intercept]).all():
        return 1.0, 0.0
    return slope, intercept
