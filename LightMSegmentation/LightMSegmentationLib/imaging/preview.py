"""A picture of a segmentation for a first look: three slices through the largest tumor, or the largest organ.

Axial, coronal and sagittal slices share one scale and line up as in a technical drawing; the fourth corner holds the
numbers. The patient's right is on the left, anterior and head are up. In oblique scans the slices follow the scan's
own axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.imaging.canonical import to_canonical
from LightMSegmentationLib.imaging.focus import widest_place
from LightMSegmentationLib.imaging.preview_legend import (
    draw_legend,
    finding_lines,
    legend_height,
    volume_lines,
    write_text,
)
from LightMSegmentationLib.imaging.preview_slice import Slice, draw_slice
from LightMSegmentationLib.measurement.volumes import segment_volumes
from LightMSegmentationLib.segment_role import LIVER_AND_TUMOR, LIVER_ROLE, TUMOR_ROLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

    from LightMSegmentationLib.imaging.preview_legend import Line
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.measurement.findings import Findings
    from LightMSegmentationLib.segment_role import LabeledSegment

_WIDTH = 1280
_GAP = 12
_AIR_HU = -300
_MARGIN_MM = 40.0


@dataclass(frozen=True)
class _Scene:
    """A canonical scan and its labels, cut to what is shown; ``focus`` is the k, j, i that all three slices share."""

    hu: np.ndarray
    labels: np.ndarray
    spacing: tuple[float, float, float]
    focus: tuple[int, int, int]
    focus_ras: tuple[float, float, float]

    def slices(self) -> tuple[Slice, Slice, Slice]:
        """Return the axial, coronal and sagittal slice; canonical axes run to the left, posterior and the head."""
        k, j, i = self.focus
        x, y, z = self.spacing
        return (
            Slice(self.hu[k], self.labels[k], (y, x)),
            Slice(self.hu[::-1, j], self.labels[::-1, j], (z, x)),
            Slice(self.hu[::-1, :, i], self.labels[::-1, :, i], (z, y)),
        )


def write_preview(
    scan: Volume,
    labels: Volume,
    findings: Findings | None,
    path: Path,
    segments: Sequence[LabeledSegment] = LIVER_AND_TUMOR,
) -> None:
    """Write `preview_image` as a PNG."""
    preview_image(scan, labels, findings, segments).save(path, format="PNG")


def preview_image(
    scan: Volume, labels: Volume, findings: Findings | None, segments: Sequence[LabeledSegment] = LIVER_AND_TUMOR
) -> Image:
    """Return the picture of ``labels`` (at least one voxel) over ``scan`` (HU) on the same grid.

    ``segments`` says what the labels are, by default 1 liver and 2 tumor. Without findings, volumes are told.
    """
    from PIL import Image, ImageDraw

    lines = _legend(labels, findings, segments)
    scene = _cut(to_canonical(scan), to_canonical(labels), segments)
    axial, coronal, sagittal = scene.slices()
    scale = (_WIDTH - 3 * _GAP) / (axial.size_mm[0] + sagittal.size_mm[0])
    top, below, beside = (draw_slice(view, scale, segments) for view in (axial, coronal, sagittal))
    left, right = _GAP, 2 * _GAP + top.width
    upper, lower = _GAP, 2 * _GAP + max(top.height, legend_height(lines))
    picture = Image.new("RGB", (_WIDTH, lower + below.height + _GAP))
    for panel, place in ((top, (left, upper)), (below, (left, lower)), (beside, (right, lower))):
        picture.paste(panel, place)
    draw = ImageDraw.Draw(picture)
    names = _position_names(scene.focus_ras)
    _annotate(draw, (left, upper), top.size, "RLAP", f"Axial at {names[2]}")
    _annotate(draw, (left, lower), below.size, "RLHF", f"Coronal at {names[1]}")
    _annotate(draw, (right, lower), beside.size, "APHF", f"Sagittal at {names[0]}")
    draw_legend(draw, (right + _GAP, upper), lines, scale)
    return picture


def _legend(labels: Volume, findings: Findings | None, segments: Sequence[LabeledSegment]) -> list[Line]:
    """Return the findings, and the volumes of what they do not tell."""
    told = () if findings is None else (LIVER_ROLE, TUMOR_ROLE)
    others = [segment for segment in segments if segment.role not in told]
    lines = [] if findings is None else finding_lines(findings)
    return [*lines, *volume_lines(others, segment_volumes(labels, others))] if others else lines


def _cut(scan: Volume, labels: Volume, segments: Sequence[LabeledSegment]) -> _Scene:
    """Return what is shown: the body's width and depth, and the height of all segments with a margin."""
    focus = _focus(labels.array, segments)
    rows, columns = _body(scan.array[focus[0]])
    levels = np.flatnonzero((labels.array > 0).any(axis=(1, 2)))
    margin = round(_MARGIN_MM / scan.grid.spacing[2])
    heights = slice(max(0, int(levels[0]) - margin), int(levels[-1]) + margin + 1)
    box = (heights, _grown(rows, focus[1]), _grown(columns, focus[2]))
    k, j, i = (index - part.start for index, part in zip(focus, box, strict=True))
    return _Scene(scan.array[box], labels.array[box], scan.grid.spacing, (k, j, i), scan.grid.ras_at(focus))


def _focus(labels: np.ndarray, segments: Sequence[LabeledSegment]) -> tuple[int, int, int]:
    """Return the k, j, i in the middle of the largest cross-section of the largest tumor, or else organ."""
    tumors = (segment.mask(labels) for segment in segments if segment.role == TUMOR_ROLE)
    organ = next((mask for mask in tumors if mask.any()), labels > 0)
    return widest_place(organ)


def _body(axial_hu: np.ndarray) -> tuple[slice, slice]:
    """Return rows and columns of the largest piece that is not air: the patient without the table."""
    pieces, number = ndimage.label(axial_hu > _AIR_HU)
    if number == 0:
        return slice(0, axial_hu.shape[0]), slice(0, axial_hu.shape[1])
    largest = int(np.bincount(pieces[pieces > 0]).argmax())
    rows, columns = ndimage.find_objects(pieces)[largest - 1]
    return rows, columns


def _grown(part: slice, index: int) -> slice:
    """Return the range with one more voxel at each end, reaching at least to ``index``."""
    return slice(max(0, min(part.start - 1, index)), max(part.stop + 1, index + 1))


def _position_names(ras: tuple[float, float, float]) -> list[str]:
    """Return positions in mm as radiologists write them: the direction's letter and a positive number."""
    letters = zip(ras, ("RL", "AP", "SI"), strict=True)
    return [f"{pair[0] if value >= 0 else pair[1]} {abs(value):.0f} mm" for value, pair in letters]


def _annotate(
    draw: ImageDraw, place: tuple[int, int], size: tuple[int, int], letters: Sequence[str], title: str
) -> None:
    """Write the directions (left, right, top, bottom) at the borders of a panel, and its title into its corner."""
    (x, y), (width, height), pad = place, size, 6
    left, right, top, bottom = letters
    write_text(draw, (x + pad, y + height / 2), left, "lm")
    write_text(draw, (x + width - pad, y + height / 2), right, "rm")
    write_text(draw, (x + width / 2, y + pad), top, "ma")
    write_text(draw, (x + width / 2, y + height - pad), bottom, "md")
    write_text(draw, (x + pad, y + pad), title, "la")
