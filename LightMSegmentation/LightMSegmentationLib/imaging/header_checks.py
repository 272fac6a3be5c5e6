"""What every form of file must say in its header."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.read_result import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def check_size(path: Path, sizes: Sequence[int]) -> None:
    """Refuse anything but three dimensions of more than one voxel each.

    Parameters
    ----------
    path
        The file, for the sentence.
    sizes
        Number of voxels along x, y, z and so on.

    Raises
    ------
    UnusableInputError
        When it is not a volume.
    """
    text = " x ".join(map(str, sizes))
    if len(sizes) > 3:
        wrong = f"has {len(sizes)} dimensions ({text})"
        raise refusal(path, wrong, "Give one three-dimensional volume, such as one phase of it.")
    if len(sizes) < 3 or (sizes[2] <= 1 and min(sizes[:2]) > 1):
        raise refusal(path, f"is a two-dimensional image ({text}), not a volume", "Give the whole stack of slices.")
    if min(sizes) <= 1:
        raise refusal(path, f"holds {text} voxels, which is no volume", "Give a whole abdominal CT.")


def check_spacing(path: Path, spacing: Sequence[float]) -> None:
    """Refuse a spacing (x, y, z, in the file's own unit) that is missing, zero, negative, NaN or infinite.

    Raises
    ------
    UnusableInputError
        When the distance of the voxels is unknown.
    """
    if len(spacing) == 3 and all(math.isfinite(value) and value > 0 for value in spacing):
        return
    text = " x ".join(f"{value:g}" for value in spacing) or "none"
    wrong = f"has no usable voxel spacing in its header ({text})"
    raise refusal(path, wrong, "Export the scan again with its true spacing in mm.")


def check_scalar(path: Path, components: float) -> None:
    """Refuse more than one value a voxel.

    Raises
    ------
    UnusableInputError
        When the image is in color or holds vectors.
    """
    if components in (3, 4):
        raise refusal(path, "is a color (RGB) image", "Give the CT itself, with one HU value a voxel.")
    if components != 1:
        raise refusal(
            path, f"has {components:g} values in each voxel", "Give the CT itself, with one HU value a voxel."
        )


def number(text: str) -> float:
    """Return the number in ``text``, NaN where there is none."""
    try:
        return float(text)
    except ValueError:
        return math.nan
