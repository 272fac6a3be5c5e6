"""Tumors grown in healthy liver, so that tumor learning does not rest on a handful of patients.

Shape, texture, blurred edge, mass effect and capsule follow the label-free idea of Hu et al., "Label-free liver tumor
segmentation" (CVPR 2023); necrosis, enhancing rims and how tumors look in each phase (`tumor_looks`) are added. Sizes
in mm; k, j, i.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.training.targets import LIVER, LIVER_OR_TUMOR, TUMOR, UNKNOWN
from LightMSegmentationLib.training.tumor_looks import draw_look

_SMALLEST_RADIUS_MM = 2.5
_LARGEST_RADIUS_MM = 40.0
#: Darkest plausible tumor: below it, in a portal-venous scan, lies fluid, and simple cysts are not tumors.
_DARKEST_HU = 10.0
#: How far around a tumor, in radii, its neighborhood is altered.
_REACH = 1.9


@dataclass(frozen=True)
class TumorRecipe:
    """One tumor: lengths in mm, contrasts in HU against the liver around it; a contrast of 0 leaves that part out."""

    radius_mm: float
    stretch: tuple[float, float, float]
    turn: np.ndarray
    roughness: float
    edge_mm: float
    contrast_hu: float
    texture_hu: float
    mosaic_hu: float
    necrosis_hu: float
    necrosis_depth: float
    rim_hu: float
    rim_mm: float
    push: float


def random_recipe(phase: str, rng: np.random.Generator, largest_mm: float = _LARGEST_RADIUS_MM) -> TumorRecipe:
    """Draw a tumor as it looks in a phase; small ones are plainer than large ones."""
    upper = max(_SMALLEST_RADIUS_MM * 1.2, largest_mm)
    radius = float(np.exp(rng.uniform(np.log(_SMALLEST_RADIUS_MM), np.log(upper))))
    look = draw_look(phase, rng)
    return TumorRecipe(
        radius_mm=radius,
        stretch=tuple(np.exp(rng.normal(0.0, 0.18, 3)).tolist()),
        turn=_random_rotation(rng),
        roughness=rng.uniform(0.05, 0.25),
        edge_mm=float(np.exp(rng.uniform(np.log(0.7), np.log(3.5)))),
        contrast_hu=rng.uniform(*look.contrast_hu),
        texture_hu=rng.uniform(2.0, 14.0),
        mosaic_hu=rng.uniform(*look.mosaic_hu) if radius > 8.0 else 0.0,
        necrosis_hu=rng.uniform(*look.necrosis_hu) if radius > 10.0 and rng.random() < look.chance_necrosis else 0.0,
        necrosis_depth=rng.uniform(*look.necrosis_depth),
        rim_hu=rng.uniform(*look.rim_hu) if radius > 5.0 and rng.random() < look.chance_rim else 0.0,
        rim_mm=rng.uniform(1.5, 4.0),
        push=rng.uniform(0.1, 0.35) if radius > 6.0 and rng.random() < 0.5 else 0.0,
    )


def grow_tumors(
    hu: np.ndarray, target: np.ndarray, spacing_kji: np.ndarray, phase: str, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return a patch (HU float32) and its target codes with one tumor or several smaller ones, if it shows liver.

    ``phase`` is the scan's phase of contrast, which says how tumors look.
    """
    count = 1 if rng.random() < 0.6 else int(rng.integers(2, 6))
    largest = _LARGEST_RADIUS_MM if count == 1 else 12.0
    for _ in range(count):
        spots = np.flatnonzero((target == LIVER) | (target == LIVER_OR_TUMOR))
        if len(spots) == 0:
            break
        center = np.array(np.unravel_index(spots[rng.integers(len(spots))], target.shape))
        hu, target = grow_tumor(hu, target, center, spacing_kji, random_recipe(phase, rng, largest), rng)
    return hu, target


def grow_tumor(
    hu: np.ndarray,
    target: np.ndarray,
    center: np.ndarray,
    spacing_kji: np.ndarray,
    recipe: TumorRecipe,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return copies with a tumor around the voxel ``center`` (k, j, i), inside the liver only."""
    reach = np.ceil(_REACH * recipe.radius_mm * max(recipe.stretch) / spacing_kji).astype(int) + 1
    low = np.maximum(center - reach, 0)
    box = tuple(slice(a, b) for a, b in zip(low, np.minimum(center + reach + 1, target.shape), strict=True))
    offsets = _offsets_mm(target[box].shape, center - low, spacing_kji)
    hu, target = hu.copy(), target.copy()
    if recipe.push:
        hu[box], target[box] = _push_aside(hu[box], target[box], offsets, spacing_kji, recipe)
    depth = _depth_mm(offsets, spacing_kji, recipe, rng)
    organ = (target[box] > 0) & (target[box] != UNKNOWN)
    hu[box] = _paint(hu[box], depth, organ, spacing_kji, recipe, rng)
    target[box] = np.where((depth > 0) & organ, TUMOR, target[box])
    return hu, target


def _offsets_mm(shape: tuple[int, ...], center: np.ndarray, spacing_kji: np.ndarray) -> np.ndarray:
    """Offsets (3, k, j, i) in mm from the center."""
    axes = [(np.arange(size) - middle) * step for size, middle, step in zip(shape, center, spacing_kji, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij")).astype(np.float32)


def _distance(offsets: np.ndarray, recipe: TumorRecipe) -> np.ndarray:
    """Distance from the center in radii of the tumor's ellipsoid."""
    turned = np.tensordot(recipe.turn.astype(np.float32), offsets, axes=1)
    radii = np.float32(recipe.radius_mm) * np.array(recipe.stretch, np.float32).reshape(3, 1, 1, 1)
    return np.sqrt(((turned / radii) ** 2).sum(axis=0))


def _depth_mm(
    offsets: np.ndarray, spacing_kji: np.ndarray, recipe: TumorRecipe, rng: np.random.Generator
) -> np.ndarray:
    """Depth below the tumor's surface in mm, negative outside: an ellipsoid whose radius wanders smoothly."""
    bumps = smooth_noise(offsets.shape[1:], 0.55 * recipe.radius_mm / spacing_kji, rng)
    return recipe.radius_mm * (1.0 + recipe.roughness * bumps - _distance(offsets, recipe))


def _paint(
    hu: np.ndarray,
    depth: np.ndarray,
    organ: np.ndarray,
    spacing_kji: np.ndarray,
    recipe: TumorRecipe,
    rng: np.random.Generator,
) -> np.ndarray:
    """Blend the tumor into the liver, keeping the scan's own noise and leaving everything outside the liver alone."""
    body = _soft_step(depth, recipe.edge_mm)
    grain = hu - ndimage.gaussian_filter(hu, 1.0)
    level = float(np.median(hu[organ])) if organ.any() else 0.0
    paint = level + recipe.contrast_hu + recipe.texture_hu * smooth_noise(hu.shape, 2.5 / spacing_kji, rng)
    if recipe.mosaic_hu:
        paint = paint + recipe.mosaic_hu * smooth_noise(hu.shape, 0.22 * recipe.radius_mm / spacing_kji, rng)
    if recipe.necrosis_hu:
        wander = 0.15 * recipe.radius_mm * smooth_noise(hu.shape, 0.3 * recipe.radius_mm / spacing_kji, rng)
        core = depth + wander - recipe.necrosis_depth * recipe.radius_mm
        paint = paint + recipe.necrosis_hu * _soft_step(core, recipe.edge_mm)
    if recipe.rim_hu:
        paint = paint + recipe.rim_hu * np.exp(-(((depth - recipe.rim_mm / 2) / recipe.rim_mm) ** 2))
    paint = np.maximum(paint, _DARKEST_HU) + grain
    inside = body * ndimage.gaussian_filter(organ.astype(np.float32), 0.5)
    return (hu + inside * (paint - hu)).astype(np.float32)


def _push_aside(
    hu: np.ndarray, target: np.ndarray, offsets: np.ndarray, spacing_kji: np.ndarray, recipe: TumorRecipe
) -> tuple[np.ndarray, np.ndarray]:
    """Mass effect: move what surrounds the tumor outward by up to ``push`` radii, fading out at the edge of the box."""
    distance = _distance(offsets, recipe)
    fading = np.clip((_REACH - distance) / (_REACH - 1.0), 0.0, 1.0)
    shrink = recipe.push * fading * fading / np.maximum(distance, 1.0)
    middle = -offsets[:, 0, 0, 0] / spacing_kji
    source = offsets * (1.0 - shrink) / spacing_kji.reshape(3, 1, 1, 1) + middle.reshape(3, 1, 1, 1)
    moved = ndimage.map_coordinates(hu, source, order=1, mode="nearest")
    return moved, ndimage.map_coordinates(target, source, order=0, mode="nearest")


def smooth_noise(shape: tuple[int, ...], sigma: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noise of mean 0 and standard deviation 1 (float32) with correlation lengths ``sigma`` in voxels."""
    # Coarse noise, enlarged: the same correlation at a fraction of the cost of wide filters.
    coarse = [max(4, int(np.ceil(size / max(1.0, width)))) + 2 for size, width in zip(shape, sigma, strict=True)]
    noise = ndimage.gaussian_filter(rng.standard_normal(coarse, dtype=np.float32), 0.7)
    factors = [size / knots for size, knots in zip(shape, coarse, strict=True)]
    grown = ndimage.zoom(noise, factors, order=3, mode="nearest", grid_mode=True)
    return (grown - grown.mean()) / max(float(grown.std()), 1e-6)


def _soft_step(depth: np.ndarray, width: float) -> np.ndarray:
    """0 outside, 1 inside, rising over about ``width`` mm around the surface."""
    return 1.0 / (1.0 + np.exp(-np.clip(4.0 * depth / width, -30.0, 30.0)))


def _random_rotation(rng: np.random.Generator) -> np.ndarray:
    """Return a uniformly random rotation, from a normalized quaternion (Shoemake, 1992)."""
    quaternion = rng.standard_normal(4)
    w, x, y, z = quaternion / np.linalg.norm(quaternion)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
