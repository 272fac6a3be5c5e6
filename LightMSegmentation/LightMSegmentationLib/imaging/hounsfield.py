"""Voxel values of any type as int16 HU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.read_result import ReadVolume, counted, refusal
from LightMSegmentationLib.imaging.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

AIR_HU = -1024
MAX_NONFINITE_FRACTION = 0.01
_INT16 = np.iinfo(np.int16)


def to_int16(values: np.ndarray) -> tuple[np.ndarray, int]:
    """Return ``values`` as int16 and how many of them were NaN or infinite.

    Fractions are rounded: half a HU is far below the noise of any CT, and int16 halves the memory of float32.
    Values beyond int16 are clipped to its ends. NaN and infinity become air (-1024 HU).
    """
    if np.can_cast(values.dtype, np.int16):
        return values.astype(np.int16, copy=False), 0
    if values.dtype.kind in "iu":
        return np.clip(values, _INT16.min, _INT16.max).astype(np.int16), 0
    nonfinite = ~np.isfinite(values)
    count = int(np.count_nonzero(nonfinite))
    rounded = np.clip(np.rint(values), _INT16.min, _INT16.max)
    if count:
        rounded[nonfinite] = AIR_HU
    return rounded.astype(np.int16), count


def as_int16(volume: Volume, name: str = "The volume") -> ReadVolume:
    """Return a volume that was not read here, such as one of a scene, as reading would have given it.

    Raises
    ------
    UnusableInputError
        When more than 1 % of its voxels are NaN or infinite.
    """
    array, count = to_int16(volume.array)
    return ReadVolume(Volume(array, volume.grid), nonfinite_notes(name, count, array.size))


def nonfinite_notes(source: Path | str, count: int, total: int) -> tuple[str, ...]:
    """Return a note about ``count`` NaN or infinite voxels that became air, if there were any.

    Raises
    ------
    UnusableInputError
        When they are more than 1 % of all.
    """
    if count > MAX_NONFINITE_FRACTION * total:
        wrong = f"has {count / total:.1%} voxels that are not numbers (NaN or infinite)"
        raise refusal(source, wrong, "Export the scan again: at most 1 % of the voxels may be undefined.")
    if not count:
        return ()
    return (f"Replaced {counted(count, 'voxel')} that held no number by air ({AIR_HU} HU).",)
