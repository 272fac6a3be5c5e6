"""Textbook anatomy of the upper abdomen in rough solids.

Coordinates are LPS mm: x grows to the patient's left, y to the back, z to the head; the origin lies in front of the
spine at the height of the kidneys' upper poles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from Testing.data.phantom_canvas import WHOLE, Canvas, Point, straight_axes

FAT, MUSCLE, LUNG, BONE, MARROW, FLUID, GAS = -105, 58, -850, 620, 190, 12, -950

Branch = tuple[tuple[Point, ...], tuple[float, ...]]
PORTAL_TREE: tuple[Branch, ...] = (
    (((10, 2, -40), (-12, 0, -20), (-32, -2, -2)), (7, 7, 6)),
    (((-32, -2, -2), (-58, 0, 6), (-88, -22, 18)), (6, 5, 2)),
    (((-58, 0, 6), (-85, 28, -10), (-100, 36, -38)), (5, 4, 1.5)),
    (((-58, 0, 6), (-80, 22, 26), (-92, 28, 42)), (4, 3, 1.5)),
    (((-88, -22, 18), (-102, -30, -14), (-105, -28, -45)), (3, 2.5, 1.5)),
    (((-32, -2, -2), (-8, -28, 14), (12, -52, 20)), (5, 4, 2)),
    (((12, -52, 20), (38, -50, 34)), (3, 1.5)),
)
HEPATIC_VEINS: tuple[Branch, ...] = (
    (((-24, 24, 52), (-60, 12, 38), (-92, 4, 8), (-104, 2, -30)), (6, 5, 3.5, 1.5)),
    (((-24, 22, 52), (-42, -20, 36), (-55, -48, 6), (-58, -56, -18)), (6, 4.5, 3, 1.5)),
    (((-24, 22, 52), (-2, -18, 46), (18, -44, 38)), (5, 4, 2)),
)
COLON: tuple[Point, ...] = (
    *((-105, 15, -175), (-104, 12, -122), (-70, -52, -108)),
    *((0, -66, -104), (78, -50, -70), (112, 22, -40), (110, 30, -175)),
)
VENA_CAVA: Branch = (((-20, 26, -200), (-22, 24, -60), (-24, 22, 62)), (11, 11, 12))
LIVER_DENTS: tuple[tuple[Point, Point, float], ...] = (
    ((-62, 46, -62), (31, 29, 61), -0.2),
    ((-48, -42, -44), (17, 21, 35), 0.2),
    ((4, -66, -12), (3, 24, 32), 0.1),
)
"""What presses into the liver: right kidney, gallbladder and the ligament between the lobes."""
STOMACH: tuple[Point, ...] = (
    *((58, 18, 36), (72, -6, 20), (66, -36, -14)),
    *((38, -58, -42), (0, -50, -52), (-22, -32, -46)),
)


@dataclass(frozen=True)
class Patient:
    """What differs between patients: half-axes of the trunk, fat and reach of the liver in mm; the rest in HU."""

    width: float
    depth: float
    fat: float
    droop: float
    left_lobe: float
    liver: float
    vessels: float
    spleen: float
    cortex: float
    noise: float

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Patient:
        """Return a patient drawn from a plausible range."""
        low = (158, 108, 12, -8, 70, 100, 148, 112, 165, 9)
        high = (172, 118, 22, 12, 98, 118, 172, 128, 190, 15)
        return cls(*rng.uniform(low, high))


def paint_trunk(canvas: Canvas, patient: Patient) -> np.ndarray:
    """Paint skin, fat, muscle and ribs; return the depth in mm inside the cavity (negative outside)."""
    skin = _trunk_depth(canvas, patient.width, patient.depth, 15)
    cavity = _trunk_depth(canvas, patient.width - patient.fat - 20, patient.depth - patient.fat - 15, 4)
    canvas.paint(WHOLE, skin > 0, 20)
    canvas.paint(WHOLE, skin > 2, FAT)
    canvas.paint(WHOLE, skin > patient.fat, MUSCLE)
    canvas.paint(WHOLE, cavity > 0, FAT)
    _paint_ribs(canvas, skin - np.float32(patient.fat + 8), cavity)
    return cavity


def _paint_ribs(canvas: Canvas, depth: np.ndarray, cavity: np.ndarray) -> None:
    """Paint ribs that fall toward the front, down to the costal margin."""
    height = canvas.z - np.float32(0.55) * canvas.y
    low = (np.abs(canvas.x) < 18) | (height < np.float32(0.25) * np.abs(canvas.x) - 95) | (cavity > -1)
    depth = np.where(low, np.float32(-100), depth)
    inside = 1 - np.sqrt((depth / 5.5) ** 2 + ((height % 27 - np.float32(13.5)) / 7.5) ** 2)
    canvas.paint(WHOLE, inside > 0, BONE)
    canvas.paint(WHOLE, inside > 0.4, MARROW)


def paint_chest(canvas: Canvas, cavity: np.ndarray) -> np.ndarray:
    """Paint lung bases, heart and diaphragm; return the height in mm below the diaphragm (negative in the chest)."""
    domes = [
        np.float32(top) - np.float32(0.0078) * ((canvas.x - middle) ** 2 + 0.9 * (canvas.y + 8) ** 2)
        for middle, top in ((-62, 74), (66, 58))
    ]
    below = np.maximum(*domes).clip(-45, None) - canvas.z
    lung = (cavity > 2) & (below < -2)
    canvas.paint(WHOLE, lung, LUNG)
    canvas.paint(WHOLE, (cavity > 0) & (below >= -2) & (below < 1), MUSCLE)
    region, heart = canvas.ellipsoid((16, -34, 88), (62, 46, 44), 0.3)
    inside = (heart > 0) & (below[region] < -2) & (cavity[region] > 2)
    canvas.paint(region, inside, 110)
    canvas.paint(region, inside & (heart > 0.28), 150)
    return below


def paint_back(canvas: Canvas) -> None:
    """Paint the spine and its muscles."""
    low, high = float(canvas.z.min()), float(canvas.z.max())
    for side in (-1, 1):
        region, erector = canvas.tube([(side * 30, 92, low - 40), (side * 30, 92, high + 40)], [21, 21])
        canvas.paint(region, erector > 0, MUSCLE)
        region, psoas = canvas.tube([(side * 30, 62, -20), (side * 44, 56, -170)], [6, 24])
        canvas.paint(region, psoas > 0, MUSCLE)
        for level in range(-170, 130, 30):
            region, process = canvas.tube([(side * 10, 78, level), (side * 36, 84, level - 4)], [5, 4])
            canvas.paint(region, process > 0, 350)
    region, body = canvas.tube([(0, 55, low - 40), (0, 55, high + 40)], [22, 22])
    disk = ((canvas.z[region] + 200) % 30) < 6
    canvas.paint(region, body > 0, np.where(disk, np.float32(80), np.float32(430)))
    canvas.paint(region, (body > 2.5) & ~disk, MARROW)
    region, arch = canvas.tube([(0, 84, low - 40), (0, 84, high + 40)], [14, 14])
    canvas.paint(region, arch > 0, 380)
    canvas.paint(region, arch > 5.5, 30)
    for level in range(-170, 130, 30):
        region, spinous = canvas.tube([(0, 96, level), (0, 114, level - 10)], [4, 4])
        canvas.paint(region, spinous > 0, 350)


def paint_bowel(canvas: Canvas, cavity: np.ndarray, rng: np.random.Generator) -> None:
    """Paint loops of small bowel and a colon with stool and gas, below the other organs."""
    for _ in range(48):
        x, y, z = rng.uniform((-85, -72, -165), (85, 12, -72))
        turn = rng.normal(0, 22, 3)
        region, loop = canvas.tube([(x, y, z), (x + turn[0], y + turn[1], z + turn[2] / 2)], rng.uniform(9, 14, 2))
        loop = np.minimum(loop, cavity[region] - 3)
        canvas.paint(region, loop > 0, 85)
        canvas.paint(region, loop > 2.5, rng.uniform(10, 45))
    region, depth = canvas.tube(COLON, [21, 20, 17, 15, 16, 15, 15])
    upper = (canvas.y[region] + 6 * np.sin(canvas.x[region] / 9)) < -50
    canvas.paint(region, depth > 0, 70)
    canvas.paint(region, depth > 2.5, np.where(upper, np.float32(GAS), np.float32(-25)))


def paint_left_organs(canvas: Canvas, patient: Patient) -> None:
    """Paint kidneys, pancreas, spleen and stomach."""
    for center, tilt in (((-62, 44, -62), -0.2), ((64, 46, -46), 0.2)):
        region, kidney = canvas.ellipsoid(center, (27, 25, 56), tilt)
        canvas.paint(region, kidney > 0, patient.cortex)
        canvas.paint(region, kidney > 0.34, patient.cortex - 45)
        canvas.paint(region, kidney > 0.66, FAT + 60)
    region, pancreas = canvas.tube([(-22, -12, -52), (6, -14, -30), (45, 12, -12), (78, 32, -2)], [13, 9, 9, 7])
    canvas.paint(region, pancreas > 0, 92)
    region, spleen = canvas.ellipsoid((98, 44, 12), (31, 44, 54), -0.25)
    hilum = canvas.ellipsoid((66, 22, 8), (34, 34, 60))
    canvas.paint(region, (spleen > 0) & ~_on(canvas, hilum)[region], patient.spleen)
    _paint_stomach(canvas)


def _paint_stomach(canvas: Canvas) -> None:
    region, stomach = canvas.tube(STOMACH, [25, 33, 30, 22, 15, 10])
    canvas.paint(region, stomach > 0, 75)
    gas = canvas.y[region] < -42
    canvas.paint(region, stomach > 5, np.where(gas, np.float32(GAS), np.float32(FLUID + 15)))


def _on(canvas: Canvas, body: tuple) -> np.ndarray:
    """Return the mask of a body on the whole canvas."""
    region, depth = body
    mask = np.zeros(canvas.grid.shape, bool)
    mask[region] = depth > 0
    return mask


def liver_mask(canvas: Canvas, patient: Patient, cavity: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return the liver: what fits between diaphragm, right body wall and a visceral surface that rises to the left."""
    region = canvas.around((-160, -130, -135), (110, 120, 95))
    x, y, z = (axis[region] for axis in (canvas.x, canvas.y, canvas.z))
    heights = np.array((-88, -92, -66, -30, -6, 16, 70)) - patient.droop
    rise = np.interp(x, (-150, -105, -60, -20, 20, 60, 110), heights).astype(np.float32)
    dorsal = np.float32(0.75) * np.maximum(y - 5, 0) + np.float32(1.1) * np.maximum(y + 12, 0) * _step((x + 15) / 12)
    ventral = np.float32(0.5) * np.maximum(-30 - y, 0) * _step(-(x + 45) / 12)
    above = np.float32(0.8) * (z - rise - dorsal - ventral)
    spine = np.sqrt((x / np.float32(1.3)) ** 2 + (y - 55) ** 2) - 31
    tip = (np.float32(patient.left_lobe) - x) * np.float32(0.6)
    mask = np.zeros(canvas.grid.shape, bool)
    mask[region] = _smooth_minimum((cavity[region] - 1, below[region] + 1, above, spine, tip)) > 0
    mask &= below >= 1
    for center, half, tilt in LIVER_DENTS:
        dent, depth = canvas.ellipsoid(center, half, tilt)
        mask[dent] &= depth <= 0
    groove, vena_cava = canvas.tube(*VENA_CAVA)
    mask[groove] &= vena_cava <= 0
    return mask


def _step(ascent: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-ascent.clip(-30, 30)))


def _smooth_minimum(depths: tuple[np.ndarray, ...], softness: float = 5.0) -> np.ndarray:
    """Return the smallest depth, with edges rounded over ``softness`` mm."""
    total = sum(np.exp((-depth / np.float32(softness)).clip(-40, 40)) for depth in depths)
    return -np.float32(softness) * np.log(total)


def paint_liver(canvas: Canvas, patient: Patient, liver: np.ndarray) -> None:
    """Paint the liver with its vessels, and the gallbladder below it."""
    canvas.paint(WHOLE, liver, patient.liver)
    for tree, brightness in ((PORTAL_TREE, 1.0), (HEPATIC_VEINS, 0.94)):
        for points, radii in tree:
            region, vessel = canvas.tube(points, radii)
            canvas.paint(region, vessel > 0, patient.vessels * brightness)
    region, gallbladder = canvas.ellipsoid((-48, -44, -46), (14, 17, 31), 0.2)
    canvas.paint(region, gallbladder > 0, 60)
    canvas.paint(region, gallbladder > 0.14, FLUID)


def paint_great_vessels(canvas: Canvas, patient: Patient) -> None:
    """Paint aorta, inferior vena cava, splenic and superior mesenteric veins."""
    trunks = (
        ([(12, 24, -200), (10, 22, -60), (14, 26, 60), (20, 38, 140)], [9, 10, 11.5, 12], 1.06),
        (*VENA_CAVA, 0.92),
        ([(8, 2, -42), (40, 16, -12), (84, 36, 0)], [5, 4, 4], 1.0),
        ([(8, 0, -42), (4, -14, -90), (2, -20, -150)], [6, 5, 4], 1.0),
    )
    for points, radii, brightness in trunks:
        region, vessel = canvas.tube(points, radii)
        canvas.paint(region, vessel > 0, patient.vessels * brightness)


def paint_table(canvas: Canvas, patient: Patient) -> None:
    """Paint the scanner's table below the back."""
    x, y, _ = straight_axes(canvas.grid)
    surface = patient.depth + 22 - (x / 75) ** 2
    below = np.broadcast_to(y - surface, canvas.grid.shape)
    wide = np.broadcast_to(np.abs(x) < 205, canvas.grid.shape)
    canvas.paint(WHOLE, wide & (below > 0) & (below < 14), -880)
    canvas.paint(WHOLE, wide & (below > 0) & ((below < 2.5) | (below > 11.5)) & (below < 14), -150)


def _trunk_depth(canvas: Canvas, width: float, depth: float, middle: float) -> np.ndarray:
    """Return the depth in mm, roughly, below the surface of a trunk with these half-axes, a superellipse."""
    across, along = np.abs(canvas.x / np.float32(width)), np.abs((canvas.y - middle) / np.float32(depth))
    level = across**2 * np.sqrt(across) + along**2 * np.sqrt(along)
    return (1 - level ** np.float32(0.4)) * np.float32(depth)
