"""Tumors grown in healthy liver, so that tumor learning does not rest on a handful of patients.

Shape, texture, blurred edge, mass effect and capsule follow the label-free idea of Hu et al., "Label-free liver tumor
segmentation" (CVPR 2023); necrosis, calcifications, enhancing rims, growth out of the liver and looks by phase
(`tumor_looks`) are added. Sizes in mm; k, j, i.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.training.ball import grown
from LightMSegmentationLib.training.blob import Blob, Surroundings, random_rotation, smooth_noise, soft_step
from LightMSegmentationLib.training.targets import LIVER, LIVER_OR_TUMOR, TUMOR, UNKNOWN
from LightMSegmentationLib.training.tumor_looks import draw_look

_SMALLEST_RADIUS_MM = 2.5
_LARGEST_RADIUS_MM = 40.0
#: Darkest plausible tumor: below it, in a portal-venous scan, lies fluid, and simple cysts are not tumors.
_DARKEST_HU = 10.0
#: How far around a tumor, in radii, its neighborhood is altered.
_REACH = 1.9
_CHANCE_CALCIFIED = 0.12
_CHANCE_EXOPHYTIC = 0.4
#: What is brighter (bone, filled stomach) is not grown over.
_HARD_HU = 180.0
#: Which of the smooth noise's peaks, in standard deviations, are calcified.
_CALCIFIED_FROM = 1.5


@dataclass(frozen=True)
class TumorRecipe:
    """One tumor: lengths in mm, contrasts in HU against the liver around it; a contrast of 0 leaves that part out.

    ``bulge_mm`` is how far an exophytic tumor grows beyond the liver's surface.
    """

    shape: Blob
    edge_mm: float
    contrast_hu: float
    texture_hu: float
    mosaic_hu: float
    necrosis_hu: float
    necrosis_depth: float
    rim_hu: float
    rim_mm: float
    calcium_hu: float
    push: float
    bulge_mm: float


def random_recipe(phase: str, rng: np.random.Generator, largest_mm: float = _LARGEST_RADIUS_MM) -> TumorRecipe:
    """Draw a tumor as it looks in a phase; small ones are plainer than large ones."""
    upper = max(_SMALLEST_RADIUS_MM * 1.2, largest_mm)
    radius = float(np.exp(rng.uniform(np.log(_SMALLEST_RADIUS_MM), np.log(upper))))
    look = draw_look(phase, rng)
    return TumorRecipe(
        shape=Blob(
            radius_mm=radius,
            stretch=tuple(np.exp(rng.normal(0.0, 0.18, 3)).tolist()),
            turn=random_rotation(rng),
            roughness=rng.uniform(0.05, 0.25),
        ),
        edge_mm=float(np.exp(rng.uniform(np.log(0.7), np.log(3.5)))),
        contrast_hu=rng.uniform(*look.contrast_hu),
        texture_hu=rng.uniform(2.0, 14.0),
        mosaic_hu=rng.uniform(*look.mosaic_hu) if radius > 8.0 else 0.0,
        necrosis_hu=rng.uniform(*look.necrosis_hu) if radius > 10.0 and rng.random() < look.chance_necrosis else 0.0,
        necrosis_depth=rng.uniform(*look.necrosis_depth),
        rim_hu=rng.uniform(*look.rim_hu) if radius > 5.0 and rng.random() < look.chance_rim else 0.0,
        rim_mm=rng.uniform(1.5, 4.0),
        calcium_hu=rng.uniform(80.0, 300.0) if radius > 8.0 and rng.random() < _CHANCE_CALCIFIED else 0.0,
        push=rng.uniform(0.1, 0.35) if radius > 6.0 and rng.random() < 0.5 else 0.0,
        bulge_mm=radius * rng.uniform(0.2, 1.0) if radius > 8.0 and rng.random() < _CHANCE_EXOPHYTIC else 0.0,
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
    """Return copies with a tumor around the voxel ``center`` (k, j, i), in the liver and what it bulges into."""
    reach_mm = _REACH * recipe.shape.radius_mm * max(recipe.shape.stretch)
    around = Surroundings.of(center, reach_mm, target.shape, spacing_kji)
    box = around.box
    hu, target = hu.copy(), target.copy()
    if recipe.push:
        hu[box], target[box] = _push_aside(hu[box], target[box], around.offsets, spacing_kji, recipe)
    depth = recipe.shape.depth_mm(around.offsets, spacing_kji, rng)
    organ = (target[box] > 0) & (target[box] != UNKNOWN)
    ground = _ground(hu[box], target[box], organ, spacing_kji, recipe)
    hu[box] = _paint(hu[box], depth, organ, ground, spacing_kji, recipe, rng)
    target[box] = np.where((depth > 0) & ground, TUMOR, target[box])
    return hu, target


def _ground(
    hu: np.ndarray, target: np.ndarray, organ: np.ndarray, spacing_kji: np.ndarray, recipe: TumorRecipe
) -> np.ndarray:
    """Return where the tumor can grow: the organ and, if it is exophytic, what is soft and near outside."""
    if not recipe.bulge_mm:
        return organ
    near = grown(organ, recipe.bulge_mm, tuple(spacing_kji.tolist()))
    return organ | (near & (target != UNKNOWN) & (hu < _HARD_HU))


def _paint(
    hu: np.ndarray,
    depth: np.ndarray,
    organ: np.ndarray,
    ground: np.ndarray,
    spacing_kji: np.ndarray,
    recipe: TumorRecipe,
    rng: np.random.Generator,
) -> np.ndarray:
    """Blend the tumor into its ground, keeping the scan's own noise and leaving everything else alone."""
    radius = recipe.shape.radius_mm
    body = soft_step(depth, recipe.edge_mm)
    grain = _grain(hu, organ)
    level = float(np.median(hu[organ])) if organ.any() else 0.0
    paint = level + recipe.contrast_hu + recipe.texture_hu * smooth_noise(hu.shape, 2.5 / spacing_kji, rng)
    if recipe.mosaic_hu:
        paint = paint + recipe.mosaic_hu * smooth_noise(hu.shape, 0.22 * radius / spacing_kji, rng)
    if recipe.necrosis_hu:
        wander = 0.15 * radius * smooth_noise(hu.shape, 0.3 * radius / spacing_kji, rng)
        core = depth + wander - recipe.necrosis_depth * radius
        paint = paint + recipe.necrosis_hu * soft_step(core, recipe.edge_mm)
    if recipe.rim_hu:
        paint = paint + recipe.rim_hu * np.exp(-(((depth - recipe.rim_mm / 2) / recipe.rim_mm) ** 2))
    if recipe.calcium_hu:
        peaks = smooth_noise(hu.shape, 0.15 * radius / spacing_kji, rng) - _CALCIFIED_FROM
        paint = paint + recipe.calcium_hu * soft_step(peaks, 0.5)
    paint = np.maximum(paint, _DARKEST_HU) + grain
    inside = body * ndimage.gaussian_filter(ground.astype(np.float32), 0.5)
    return (hu + inside * (paint - hu)).astype(np.float32)


def _grain(hu: np.ndarray, organ: np.ndarray) -> np.ndarray:
    """Return the scan's noise, no larger than in the organ: its surface would shine through a tumor grown over it."""
    grain = hu - ndimage.gaussian_filter(hu, 1.0)
    limit = 3.0 * float(np.median(np.abs(grain[organ]))) / 0.6745 if organ.any() else 0.0
    return np.clip(grain, -limit, limit)


def _push_aside(
    hu: np.ndarray, target: np.ndarray, offsets: np.ndarray, spacing_kji: np.ndarray, recipe: TumorRecipe
) -> tuple[np.ndarray, np.ndarray]:
    """Mass effect: move what surrounds the tumor outward by up to ``push`` radii, fading out at the edge of the box."""
    distance = recipe.shape.distance(offsets)
    fading = np.clip((_REACH - distance) / (_REACH - 1.0), 0.0, 1.0)
    shrink = recipe.push * fading * fading / np.maximum(distance, 1.0)
    middle = -offsets[:, 0, 0, 0] / spacing_kji
    source = offsets * (1.0 - shrink) / spacing_kji.reshape(3, 1, 1, 1) + middle.reshape(3, 1, 1, 1)
    moved = ndimage.map_coordinates(hu, source, order=1, mode="nearest")
    return moved, ndimage.map_coordinates(target, source, order=0, mode="nearest")
