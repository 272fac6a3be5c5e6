"""Gallbladders and cysts: dark, even and sharply bounded like tumors, and none.

Gallbladders lie at the liver's surface and are not the liver's; cysts lie in it and are counted as liver. They hold
water: about 0 to 15 HU, and no contrast agent. The built-in weights before version 0.4 called gallbladders tumors.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.training.blob import Blob, Surroundings, random_rotation, soft_step
from LightMSegmentationLib.training.targets import BACKGROUND, LIVER, LIVER_OR_TUMOR, TUMOR, UNKNOWN

_CHANCE_GALLBLADDER = 0.7
_WATER_HU = (-5.0, 15.0)
_SHARP_MM = 1.0
_GALLBLADDER_RADIUS_MM = (7.0, 16.0)
_GALLBLADDER_STRETCH = (1.7, 0.85, 0.85)
_CYST_RADIUS_MM = (3.0, 18.0)


def add_fluid(
    hu: np.ndarray, target: np.ndarray, spacing_kji: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return a patch (HU float32) and its target codes with a gallbladder or a cyst, unless it would hide a tumor."""
    if rng.random() < _CHANCE_GALLBLADDER:
        radius = rng.uniform(*_GALLBLADDER_RADIUS_MM)
        return _filled(hu, target, _surface(target), Blob(radius, _GALLBLADDER_STRETCH, random_rotation(rng), 0.08),
                       BACKGROUND, spacing_kji, rng)  # fmt: skip
    radius = float(np.exp(rng.uniform(*np.log(_CYST_RADIUS_MM))))
    stretch = tuple(np.exp(rng.normal(0.0, 0.1, 3)).tolist())
    healthy = (target == LIVER) | (target == LIVER_OR_TUMOR)
    return _filled(hu, target, healthy, Blob(radius, stretch, random_rotation(rng), 0.05), LIVER, spacing_kji, rng)


def _surface(target: np.ndarray) -> np.ndarray:
    """Return the outermost voxels of the organ."""
    organ = (target > BACKGROUND) & (target != UNKNOWN)
    return organ & ~ndimage.binary_erosion(organ, border_value=1)


def _filled(
    hu: np.ndarray,
    target: np.ndarray,
    places: np.ndarray,
    blob: Blob,
    code: int,
    spacing_kji: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return copies with water in a blob around one of ``places`` (bool), whose voxels become ``code``."""
    spots = np.flatnonzero(places)
    if len(spots) == 0:
        return hu, target
    center = np.array(np.unravel_index(spots[rng.integers(len(spots))], target.shape))
    around = Surroundings.of(center, 1.3 * blob.radius_mm * max(blob.stretch), target.shape, spacing_kji)
    depth = blob.depth_mm(around.offsets, spacing_kji, rng)
    inside = depth > 0
    if code == LIVER:
        inside &= (target[around.box] > BACKGROUND) & (target[around.box] != UNKNOWN)
    if (target[around.box][inside] == TUMOR).any():
        return hu, target
    hu, target = hu.copy(), target.copy()
    part = hu[around.box]
    grain = part - ndimage.gaussian_filter(part, 1.0)
    water = rng.uniform(*_WATER_HU) + np.clip(grain, -40.0, 40.0)
    share = soft_step(depth, _SHARP_MM) * (
        ndimage.gaussian_filter(inside.astype(np.float32), 0.5) if code == LIVER else 1.0
    )
    hu[around.box] = (part + share * (water - part)).astype(np.float32)
    target[around.box] = np.where(inside, code, target[around.box])
    return hu, target
