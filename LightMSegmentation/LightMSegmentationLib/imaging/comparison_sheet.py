"""Many cases on one picture: their most telling axial slices, with the outlines of prediction and reference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.box import Box, crop
from LightMSegmentationLib.imaging.canonical import to_canonical
from LightMSegmentationLib.imaging.preview_legend import write_text
from LightMSegmentationLib.imaging.preview_slice import (
    LIVER_COLOR,
    TUMOR_COLOR,
    Slice,
    draw_outlines,
    draw_slice,
)
from LightMSegmentationLib.imaging.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

REFERENCE_LIVER_COLOR = (120, 230, 120)
REFERENCE_TUMOR_COLOR = (255, 90, 200)
_TILE = 320
_GAP = 8
_HEADING = 26
_CASES_A_ROW = 2
_MARGIN_MM = 15.0
_TUMOR = 2
_NO_SCAN_HU = -1000


@dataclass(frozen=True)
class ComparedCase:
    """A case to show; the volumes share one grid, ``scan`` (HU) may be missing."""

    title: str
    prediction: Volume
    reference: Volume
    scan: Volume | None


def case_strip(case: ComparedCase) -> Image:
    """Return the case's title above its most telling slices.

    These are the one with most true tumor (or most liver), the one where prediction and reference differ most, and
    the one where their tumors differ most; a slice is shown once.
    """
    from PIL import Image, ImageDraw

    prediction, reference, hu = _around_liver(case)
    spacing = reference.grid.spacing
    height = round(_TILE * hu.shape[1] * spacing[1] / (hu.shape[2] * spacing[0]))
    strip = Image.new("RGB", (3 * _TILE + 2 * _GAP, _HEADING + height))
    write_text(ImageDraw.Draw(strip), (0, 4), case.title, "la")
    for column, k in enumerate(telling_slices(prediction.array, reference.array)):
        view = Slice(hu[k], reference.array[k], (spacing[1], spacing[0]))
        tile = draw_slice(replace(view, labels=np.zeros_like(view.labels)), _TILE / view.size_mm[0])
        draw_outlines(tile, reference.array[k], REFERENCE_LIVER_COLOR, REFERENCE_TUMOR_COLOR)
        draw_outlines(tile, prediction.array[k], LIVER_COLOR, TUMOR_COLOR)
        strip.paste(tile, (column * (_TILE + _GAP), _HEADING))
    return strip


def sheet_of(strips: Sequence[Image]) -> Image:
    """Return one picture of the strips, in rows of two, below a legend."""
    from PIL import Image, ImageDraw

    rows = [strips[start : start + _CASES_A_ROW] for start in range(0, len(strips), _CASES_A_ROW)]
    width = max(sum(strip.width + 2 * _GAP for strip in row) for row in rows)
    height = _HEADING + sum(max(strip.height for strip in row) + 2 * _GAP for row in rows)
    sheet = Image.new("RGB", (width, height))
    _draw_legend(ImageDraw.Draw(sheet))
    y = _HEADING
    for row in rows:
        x = _GAP
        for strip in row:
            sheet.paste(strip, (x, y))
            x += strip.width + 2 * _GAP
        y += max(strip.height for strip in row) + 2 * _GAP
    return sheet


def telling_slices(prediction: np.ndarray, reference: np.ndarray) -> list[int]:
    """Return up to three different k of two label maps (k, j, i), as `case_strip` says."""
    most = reference == _TUMOR if (reference == _TUMOR).any() else reference > 0
    tumors_differ = (prediction == _TUMOR) != (reference == _TUMOR)
    areas = [mask.sum(axis=(1, 2)) for mask in (most, (prediction > 0) != (reference > 0), tumors_differ)]
    return list(dict.fromkeys(int(area.argmax()) for area in areas if area.any()))


def _around_liver(case: ComparedCase) -> tuple[Volume, Volume, np.ndarray]:
    """Return canonical labels and HU, cut to what is labeled and a margin in the plane."""
    prediction, reference = to_canonical(case.prediction), to_canonical(case.reference)
    found = Box.of_mask((prediction.array > 0) | (reference.array > 0)) or Box((0, 0, 0), reference.grid.shape)
    around = found.grown(_MARGIN_MM, reference.grid)
    shown = [crop(labels, around) for labels in (prediction, reference)]
    if case.scan is None:
        return shown[0], shown[1], np.full(shown[0].array.shape, _NO_SCAN_HU, np.int16)
    return shown[0], shown[1], crop(to_canonical(case.scan), around).array


def _draw_legend(draw: ImageDraw) -> None:
    entries = (
        ("reference: liver", REFERENCE_LIVER_COLOR),
        ("tumor", REFERENCE_TUMOR_COLOR),
        ("prediction: liver", LIVER_COLOR),
        ("tumor", TUMOR_COLOR),
    )
    x = _GAP
    for text, color in entries:
        write_text(draw, (x, 4), text, "la", color=color)
        x += 10 * len(text) + 2 * _GAP
