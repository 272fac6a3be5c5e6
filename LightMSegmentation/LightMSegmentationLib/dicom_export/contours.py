"""Closed outlines of a mask in one slice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator


def outlines(mask: np.ndarray) -> list[np.ndarray]:
    """Return simple polygons that together hold exactly the centers of the pixels in ``mask``.

    Lines run halfway between a pixel inside and one outside. A region with a hole is cut along a row through the hole
    into polygons that touch each other, because many readers of structure sets know no holes, and a narrow channel
    into the hole (DICOM PS3.3, C.8.8.6.3) runs through centers of pixels.

    Parameters
    ----------
    mask
        One slice (bool), j, i.

    Returns
    -------
    Polygons as points (n, 2) of pixel coordinates i, j; the last point is not the first one again.
    """
    from scipy.ndimage import find_objects, label

    polygons = []
    components, _ = label(mask, structure=np.ones((3, 3)))
    for number, (rows, columns) in enumerate(find_objects(components), start=1):
        corner = np.array((columns.start, rows.start), float)
        polygons += [polygon + corner for polygon in _polygons(components[rows, columns] == number)]
    return polygons


def _polygons(mask: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the polygons of a mask, cut until none has a hole."""
    from contourpy import FillType, contour_generator

    padded = np.pad(mask, 1).astype(float)
    filled = contour_generator(z=padded, fill_type=FillType.OuterOffset).filled(0.5, 2.0)
    points, offsets = cast("tuple[list[np.ndarray], list[np.ndarray]]", filled)
    holes = [part[bounds[1] : bounds[2]] for part, bounds in zip(points, offsets, strict=True) if len(bounds) > 2]
    if not holes:
        for part in points:
            yield part[:-1] - 1.0
        return
    cut = math.ceil(holes[0][:, 1].min())  # the hole's first row, and so the one below it once the padding is off
    yield from _polygons(mask[:cut])
    for polygon in _polygons(mask[cut:]):
        yield polygon + np.array((0.0, cut))
