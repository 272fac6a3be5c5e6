"""A synthetic portal-venous CT of the abdomen with its labels, for tests that must run without patient data."""

from __future__ import annotations

import functools

import numpy as np
from LightMSegmentationLib.imaging.grid import Grid, Vector
from LightMSegmentationLib.imaging.volume import Volume
from scipy import ndimage

from Testing.data import phantom_anatomy as anatomy
from Testing.data.phantom_canvas import Canvas, straight_axes

LIVER, TUMOR = 1, 2
APART_MM = 4.0
"""Least distance between tumors."""
LIVER_LEVEL = (0.0, 14.0, -25.0)


def abdomen_phantom(
    seed: int = 0,
    spacing: Vector = (1.5, 1.5, 3.0),
    field_of_view: Vector = (384.0, 300.0, 240.0),
    center: Vector = LIVER_LEVEL,
    tumors: int = 3,
    tumor_diameters: tuple[float, float] = (8.0, 50.0),
) -> tuple[Volume, Volume]:
    """Return a CT of the upper abdomen (int16 HU) and its labels (uint8: 0 background, 1 liver, 2 tumor).

    Both lie on one axis-aligned LPS grid; arrays have axis order k, j, i.

    Parameters
    ----------
    seed
        Another seed is another patient: body and liver size, bends, contrast, tumors, noise.
    spacing
        Voxel size in mm, x, y, z; 6 mm is enough for tests that only need something with a liver in it.
    field_of_view
        Extent in mm, x, y, z; a smaller one crops the patient.
    center
        Middle of the field of view, LPS mm; 300 mm further down there is no liver.
    tumors
        How many tumors are placed without touching each other; fewer where no room is left.
    tumor_diameters
        Smallest and largest tumor diameter in mm.
    """
    rng = np.random.default_rng(seed)
    patient = anatomy.Patient.drawn(rng)
    canvas = Canvas.blank(_grid(spacing, field_of_view, center), rng)
    liver = _paint_patient(canvas, patient, rng)
    labels = np.where(liver, np.uint8(LIVER), np.uint8(0))
    _paint_tumors(canvas, labels, rng, tumors, tumor_diameters)
    anatomy.paint_table(canvas, patient)
    return Volume(_acquired(canvas, patient.noise, rng), canvas.grid), Volume(labels, canvas.grid)


def _grid(spacing: Vector, field_of_view: Vector, center: Vector) -> Grid:
    x, y, z = (max(1, round(extent / step)) for extent, step in zip(field_of_view, spacing, strict=True))
    starts = (m - step * (count - 1) / 2 for m, step, count in zip(center, spacing, (x, y, z), strict=True))
    left, front, bottom = starts
    return Grid((x, y, z), spacing, (left, front, bottom))


def _paint_patient(canvas: Canvas, patient: anatomy.Patient, rng: np.random.Generator) -> np.ndarray:
    """Paint everything but tumors and table; return the liver's mask."""
    cavity = anatomy.paint_trunk(canvas, patient)
    below = anatomy.paint_chest(canvas, cavity)
    anatomy.paint_back(canvas)
    anatomy.paint_bowel(canvas, cavity, rng)
    anatomy.paint_left_organs(canvas, patient)
    liver = anatomy.liver_mask(canvas, patient, cavity, below)
    anatomy.paint_liver(canvas, patient, liver)
    anatomy.paint_great_vessels(canvas, patient)
    return liver


def _paint_tumors(
    canvas: Canvas, labels: np.ndarray, rng: np.random.Generator, count: int, diameters: tuple[float, float]
) -> None:
    """Place lobulated hypodense tumors inside the liver, the largest first."""
    if not labels.any():
        return
    (box,) = ndimage.find_objects(labels, max_label=LIVER)
    x, y, z = straight_axes(canvas.grid)
    x, y, z = x[:, :, box[2]], y[:, box[1]], z[box[0]]
    room = ndimage.distance_transform_edt(labels[box] == LIVER, canvas.grid.spacing[::-1])
    for diameter in np.sort(np.exp(rng.uniform(*np.log(diameters), count)))[::-1]:
        places = np.flatnonzero(room > min(0.6 * diameter, 0.9 * room.max()))
        if not places.size:
            continue
        k, j, i = np.unravel_index(rng.choice(places), room.shape)
        middle = (x[0, 0, i], y[0, j, 0], z[k, 0, 0])
        depth = _lobulated((x, y, z), np.array(middle), diameter / 2, rng)
        tumor = (depth > 0) & (labels[box] == LIVER)
        labels[box][tumor] = TUMOR
        necrosis = 18 * np.tanh(np.maximum(depth - 5, 0) / 5)
        canvas.hu[box][tumor] = (rng.uniform(58, 74) - necrosis)[tumor]
        room = np.minimum(room, -depth - APART_MM)


def _lobulated(
    axes: tuple[np.ndarray, np.ndarray, np.ndarray], middle: np.ndarray, radius: float, rng: np.random.Generator
) -> np.ndarray:
    """Return the depth in mm (negative outside) below the surface of a ball with four bulges."""
    x, y, z = axes
    ways = rng.normal(0, 1, (4, 3))
    centers = [middle, *(middle + 0.45 * radius * way / np.linalg.norm(way) for way in ways)]
    balls = (
        radius * part - np.sqrt((x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2)
        for (a, b, c), part in zip(centers, (0.85, 0.6, 0.55, 0.5, 0.5), strict=True)
    )
    return functools.reduce(np.maximum, balls)


def _acquired(canvas: Canvas, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Return what a scanner makes of it: tissue texture, partial volume, noise correlated in the plane, whole HU."""
    step = np.asarray(canvas.grid.spacing[::-1])
    image = ndimage.gaussian_filter(canvas.hu, np.asarray((0.9, 0.65, 0.65)) / step, truncate=3)
    white = rng.standard_normal(image.shape, np.float32)
    grain = ndimage.gaussian_filter(white, np.asarray((0.7, 0.9, 0.9)) / step, truncate=3)
    image += noise * grain / max(float(grain.std()), 1e-6)
    return np.rint(image).clip(-1024, 3071).astype(np.int16)
