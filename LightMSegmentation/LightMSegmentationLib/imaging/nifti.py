"""NIfTI files (.nii, .nii.gz), version 1 and 2.

The voxels are decoded here, block by block, because ITK turns NaN and infinity into 0 and reads truncated files without
a word. The geometry is what ITK makes of the header, so that results lie where Slicer shows the scan.

Source: the NIfTI-1 and NIfTI-2 header definitions (nifti1.h, nifti2.h, https://nifti.nimh.nih.gov).
"""

from __future__ import annotations

import gzip
import math
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import numpy as np

from LightMSegmentationLib.imaging.hounsfield import nonfinite_notes, to_int16
from LightMSegmentationLib.imaging.nifti_geometry import index_to_lps
from LightMSegmentationLib.imaging.nifti_header import NiftiHeader, parse_header
from LightMSegmentationLib.imaging.read_result import ReadVolume, refusal
from LightMSegmentationLib.imaging.rectify import rectify

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK_VOXELS = 1 << 19
_MOST_DEFLATED = 1032
"""Bytes that one byte of a gzip file can stand for: what claims more is not worth trying to hold in memory."""
_TRUNCATED = "is truncated: it ends before its last voxel"
_COPY_AGAIN = "Copy or export the file again."


@dataclass(frozen=True)
class _Voxels:
    """Decoded voxels (int16, k, j, i) and how many of them were not numbers."""

    array: np.ndarray
    nonfinite: int


def read_nifti(path: Path) -> ReadVolume:
    """Read a three-dimensional scalar NIfTI file as int16, in memory of two bytes a voxel.

    Raises
    ------
    UnusableInputError
        When the file is damaged, not a scalar 3D volume, without a usable spacing, or has more than 1 % NaN or Inf.
    """
    with _damage_told(path), _opened(path) as stream:
        header = parse_header(path, stream)
        voxels = _decode(path, stream, header)
    notes = nonfinite_notes(path, voxels.nonfinite, voxels.array.size)
    rectified = rectify(path, voxels.array, index_to_lps(path, header))
    return ReadVolume(rectified.volume, notes + rectified.notes)


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except EOFError as error:
        raise refusal(path, _TRUNCATED, _COPY_AGAIN) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise refusal(path, "is damaged: its compressed data can't be unpacked", _COPY_AGAIN) from error


def _opened(path: Path) -> IO[bytes]:
    """Open the file, unpacking by content and not by name (both .nii and .nii.gz are found compressed or not)."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


def _decode(path: Path, stream: IO[bytes], header: NiftiHeader) -> _Voxels:
    if math.prod(header.shape) * header.dtype.itemsize > _MOST_DEFLATED * path.stat().st_size:
        raise refusal(path, _TRUNCATED, _COPY_AGAIN)
    array = np.empty(header.shape, np.int16)
    flat = array.reshape(-1)
    nonfinite = 0
    for start in range(0, flat.size, _BLOCK_VOXELS):
        count = min(_BLOCK_VOXELS, flat.size - start)
        data = stream.read(count * header.dtype.itemsize)
        if len(data) < count * header.dtype.itemsize:
            raise refusal(path, _TRUNCATED, _COPY_AGAIN)
        block, bad = to_int16(header.scaled(np.frombuffer(data, header.dtype)))
        flat[start : start + count] = block
        nonfinite += bad
    while stream.read(_BLOCK_VOXELS):
        pass  # The checksum of a compressed file is compared at its end.
    return _Voxels(array, nonfinite)
