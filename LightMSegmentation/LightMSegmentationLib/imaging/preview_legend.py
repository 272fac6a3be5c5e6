"""The numbers beside the slices of a preview: what was found, in the colors of the outlines."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from LightMSegmentationLib.imaging.preview_slice import LIVER_COLOR, TUMOR_COLOR, outline_colors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from PIL.ImageDraw import ImageDraw

    from LightMSegmentationLib.measurement.findings import Findings
    from LightMSegmentationLib.segment_role import LabeledSegment

    Color = tuple[int, int, int]

Line: TypeAlias = "tuple[str, int, Color]"
"""A text, its size in pixels, and its color."""

_SMALL, _LARGE, _LEADING = 15, 26, 12
_RIM, _TEXT, _DIM = (0, 0, 0), (236, 236, 236), (150, 150, 150)
_SCALE_BAR_MM = 50
_LISTED_LESIONS = 6
_CAUTION = "Computed, not a diagnosis. Check every slice."


def legend_height(lines: Iterable[Line]) -> int:
    """Return the pixels that `draw_legend` needs."""
    return sum(size + _LEADING for _, size, _ in lines) + 80


def draw_legend(draw: ImageDraw, place: tuple[int, int], lines: Iterable[Line], scale: float) -> None:
    """Write the lines, a scale bar for ``scale`` pixels per mm, and what the picture is not."""
    x, y = place
    for line, size, color in lines:
        write_text(draw, (x, y), line, "la", size, color)
        y += size + _LEADING
    y += _LEADING
    draw.line([(x, y), (x + _SCALE_BAR_MM * scale, y)], fill=_TEXT, width=3)
    write_text(draw, (x, y + 8), f"{_SCALE_BAR_MM // 10} cm", "la")
    write_text(draw, (x, y + 36), _CAUTION, "la", _SMALL, _DIM)


def write_text(
    draw: ImageDraw, place: tuple[float, float], text: str, anchor: str, size: int = _SMALL, color: Color = _TEXT
) -> None:
    """Write ``text`` with a dark rim, so that it reads on bone as well as on air; ``anchor`` as in Pillow."""
    from PIL import ImageFont

    font = ImageFont.load_default(size)
    draw.text(place, text, fill=color, font=font, anchor=anchor, stroke_width=2, stroke_fill=_RIM)


def volume_lines(segments: Sequence[LabeledSegment], volumes_ml: Mapping[str, float]) -> list[Line]:
    """Return a line for every segment that has a volume, in the color of its outline."""
    colors = outline_colors(segments)
    return [
        (f"{role.name}  {volumes_ml[role.segment_id]:.0f} mL", _SMALL, colors[role])
        for role in (segment.role for segment in segments)
        if volumes_ml[role.segment_id]
    ]


def finding_lines(findings: Findings) -> list[Line]:
    """Return the lines about liver, tumors, and each of the largest lesions."""
    return [(f"Liver  {findings.liver_volume_ml:.0f} mL", _LARGE, LIVER_COLOR), *_tumor_lines(findings)]


def _tumor_lines(findings: Findings) -> list[Line]:
    count = len(findings.lesions)
    if count == 0:
        return [("No tumor found", _LARGE, TUMOR_COLOR)]
    noun = "tumor" if count == 1 else "tumors"
    return [
        (f"{count} {noun}  {findings.tumor_volume_ml:.1f} mL", _LARGE, TUMOR_COLOR),
        (f"{findings.tumor_burden_percent:.1f} % of the liver", _SMALL, _TEXT),
        *_lesion_lines(findings),
    ]


def _lesion_lines(findings: Findings) -> list[Line]:
    """Return a line for each of the largest lesions, and how many more there are."""
    by_size = sorted(findings.lesions, key=lambda lesion: lesion.volume_ml, reverse=True)
    lines = [
        f"Lesion {lesion.number}:  {lesion.volume_ml:.1f} mL,  {lesion.largest_axial_diameter_mm:.0f} mm across"
        + (",  low confidence" if lesion.low_confidence else "")
        for lesion in by_size[:_LISTED_LESIONS]
    ]
    if len(by_size) > _LISTED_LESIONS:
        lines.append(f"and {len(by_size) - _LISTED_LESIONS} smaller ones")
    return [(line, _SMALL, _TEXT) for line in lines]
