"""What lies beside the patient in a full field of view: table, arms and other bright things in the air.

The training scans are cut to the body; real ones are not.
"""

from __future__ import annotations

import numpy as np

_TABLE_HU = (0.0, 160.0)
_ARM_HU = (30.0, 80.0)
_BONE_HU = 160.0


def beside_body(coordinates: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return which of the source coordinates (3, k, j, i) lie beside the cropped scan, in plane, by a voxel or more."""
    rows, columns = coordinates[1], coordinates[2]
    return (rows < -1) | (rows > shape[1]) | (columns < -1) | (columns > shape[2])


def add_surroundings(hu: np.ndarray, free: np.ndarray, spacing_kji: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the patch with an arm, a table or both in its ``free`` voxels; they run along k, as in a real scan."""
    if not free.any():
        return hu
    plane = np.zeros(hu.shape[1:], np.float32)
    if rng.random() < 0.7:
        plane = np.maximum(plane, _arm(plane.shape, spacing_kji[1:], rng))
    if rng.random() < 0.7:
        plane = np.maximum(plane, _table(plane.shape, spacing_kji[1:], rng))
    return np.where(free & (plane != 0.0), plane, hu).astype(np.float32)


def _arm(shape: tuple[int, ...], spacing: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw an ellipse of muscle with a bone in it, anywhere in the plane."""
    j, i = np.indices(shape, dtype=np.float32)
    middle = rng.uniform(0, 1, 2) * shape
    radii = rng.uniform(25.0, 50.0, 2) / spacing
    distance = np.hypot((j - middle[0]) / radii[0], (i - middle[1]) / radii[1])
    return np.where(distance < 0.25, _BONE_HU, np.where(distance < 1.0, rng.uniform(*_ARM_HU), 0.0)).astype(np.float32)


def _table(shape: tuple[int, ...], spacing: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a curved shell, bright at both faces, across the lower part of the plane."""
    j, i = np.indices(shape, dtype=np.float32)
    sag = rng.uniform(0.0, 60.0) * ((i / shape[1] - rng.uniform(0.2, 0.8)) ** 2)
    depth = j * spacing[0] - rng.uniform(0.5, 1.0) * shape[0] * spacing[0] + sag
    thickness = rng.uniform(8.0, 30.0)
    face = np.minimum(np.abs(depth), np.abs(depth - thickness)) < spacing[0]
    return np.where(face, rng.uniform(*_TABLE_HU), 0.0).astype(np.float32)
