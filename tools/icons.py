"""`icons`: draw the icon of the extension and of the module, a liver with a tumor under scan lines."""

from __future__ import annotations

from tools.console import say
from tools.environment import ROOT
from tools.environment_setup import ENVIRONMENT, set_up

EXTENSION_ICON = ROOT / "Resources" / "LightMUNet.png"
MODULE_ICON = ROOT / "LightMSegmentation" / "Resources" / "Icons" / "LightMSegmentation.png"

SIZE = 128
_FINE = 8  # drawn this many times larger, then shrunk: smooth edges

_BACKGROUND = (22, 40, 56)
_LIVER = (221, 130, 101)  # Slicer's color of the liver
_LIVER_EDGE = (247, 190, 166)
_TUMOR = (144, 238, 144)  # Slicer's color of a mass
_SCAN_LINE = (94, 176, 214)

# Outline of a liver seen from the front, in units of the icon: right lobe left, tip of the left lobe right.
_OUTLINE = (
    (14, 62), (15, 44), (25, 30), (41, 24), (58, 26), (74, 33), (92, 36), (110, 35),
    (115, 41), (106, 52), (91, 59), (78, 66), (68, 76), (58, 88), (46, 99), (32, 103), (21, 94), (15, 79),
)  # fmt: skip


def draw() -> int:
    """Draw both icons with the environment's Pillow."""
    set_up()
    status = ENVIRONMENT.run("-c", "from tools.icons import write; write()")
    say(f"Wrote {EXTENSION_ICON} and {MODULE_ICON}" if status == 0 else "The icons were not written.")
    return status


def write() -> None:
    """Write both icon files; needs Pillow."""
    from PIL import Image, ImageDraw

    side = SIZE * _FINE
    picture = Image.new("RGBA", (side, side))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((0, 0, side - 1, side - 1), radius=24 * _FINE, fill=_BACKGROUND)
    outline = [(x * _FINE, y * _FINE) for x, y in _smooth(_OUTLINE)]
    pen.polygon(outline, fill=_LIVER)
    pen.line([*outline, outline[0]], fill=_LIVER_EDGE, width=3 * _FINE, joint="curve")
    pen.ellipse(tuple(v * _FINE for v in (30, 50, 52, 72)), fill=_TUMOR, outline=_BACKGROUND, width=2 * _FINE)
    for y in range(14, SIZE - 8, 12):
        pen.line((12 * _FINE, y * _FINE, 116 * _FINE, y * _FINE), fill=_SCAN_LINE, width=_FINE // 2)
    small = picture.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    for path in (EXTENSION_ICON, MODULE_ICON):
        path.parent.mkdir(parents=True, exist_ok=True)
        small.save(path, optimize=True)


def _smooth(corners: tuple[tuple[int, int], ...], rounds: int = 4) -> list[tuple[float, float]]:
    """Cut the corners of a closed polygon (Chaikin, 1974) until it looks like a curve."""
    points = [(float(x), float(y)) for x, y in corners]
    for _ in range(rounds):
        pairs = zip(points, points[1:] + points[:1], strict=True)
        points = [
            (x0 * (1 - part) + x1 * part, y0 * (1 - part) + y1 * part)
            for (x0, y0), (x1, y1) in pairs
            for part in (0.25, 0.75)
        ]
    return points
