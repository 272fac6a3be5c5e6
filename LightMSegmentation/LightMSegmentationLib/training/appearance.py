"""How the same anatomy looks on other scanners: contrast, phase, noise, blur, thick slices, shorter scans."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.training.intensity import DITHER_HU, WINDOW_HU
from LightMSegmentationLib.training.targets import BACKGROUND, LIVER, LIVER_OR_TUMOR, UNKNOWN

if TYPE_CHECKING:
    from LightMSegmentationLib.training.config import AugmentationConfig

_SOFT_TISSUE_HU = 60.0
_THICKEST_MM = 7.0
_BONE_HU = 158.0
_VESSEL_HU = 30.0
"""How far above the parenchyma a voxel is certainly in a vessel."""


def change_appearance(
    hu: np.ndarray, target: np.ndarray, slice_mm: float, rng: np.random.Generator, config: AugmentationConfig
) -> tuple[np.ndarray, np.ndarray]:
    """Return an altered patch (HU float32; k, j, i) and its target codes, which only a cut field of view alters."""
    hu = hu + rng.uniform(-DITHER_HU, DITHER_HU, hu.shape).astype(np.float32)
    if rng.random() < config.chance_phase:
        hu = shift_organ(hu, target, rng.uniform(-35.0, 15.0))
    if rng.random() < config.chance_steatosis:
        hu = fatten_liver(hu, target, rng.uniform(20.0, 70.0))
    if rng.random() < config.chance_native:
        hu = take_contrast_out(hu, target, rng)
    if rng.random() < config.chance_contrast:
        hu = change_contrast(hu, rng)
    if rng.random() < config.chance_noise:
        hu = add_noise(hu, rng.uniform(3.0, 25.0), rng.uniform(0.0, 0.8), rng)
    if rng.random() < config.chance_blur:
        hu = ndimage.gaussian_filter(hu, rng.uniform(0.3, 0.9))
    if rng.random() < config.chance_thick_slices:
        hu = thicken_slices(hu, rng.uniform(slice_mm, _THICKEST_MM) / slice_mm, rng.random())
    if rng.random() < config.chance_cut:
        hu, target = cut_field_of_view(hu, target, rng)
    return hu, target


def shift_organ(hu: np.ndarray, target: np.ndarray, shift_hu: float) -> np.ndarray:
    """Enhance the liver more or less than its surroundings, as in another contrast phase; soft at its border."""
    organ = ((target > BACKGROUND) & (target != UNKNOWN)).astype(np.float32)
    return hu + shift_hu * ndimage.gaussian_filter(organ, 1.0)


def fatten_liver(hu: np.ndarray, target: np.ndarray, fall_hu: float) -> np.ndarray:
    """Darken the liver's parenchyma, as fat in it does, but not the enhanced vessels, which then stand out bright.

    A normal liver has about 60 HU without contrast and loses 1 to 2 HU with each percent of fat; tumors, which hold
    none, are left as they are.
    """
    liver = (target == LIVER) | (target == LIVER_OR_TUMOR)
    if not liver.any():
        return hu
    smooth = ndimage.gaussian_filter(hu, 1.0)
    above = smooth - np.float32(np.median(smooth[liver]))
    parenchyma = liver * np.clip((_VESSEL_HU - above) / (_VESSEL_HU / 2), 0.0, 1.0).astype(np.float32)
    return hu - np.float32(fall_hu) * ndimage.gaussian_filter(parenchyma, 0.7)


def take_contrast_out(hu: np.ndarray, target: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Imitate a scan without contrast agent: what it brightened, blood and organs, comes close to the liver.

    Without it the liver has about 55 HU, blood 40, spleen 50 and kidneys 30: the heart then looks much like the liver,
    and only its shape and place tell them apart. A patch without liver keeps its contrast.
    """
    liver = (target == LIVER) | (target == LIVER_OR_TUMOR)
    if not liver.any():
        return hu
    smooth = ndimage.gaussian_filter(hu, 1.0)
    level = np.float32(np.median(smooth[liver]))
    bright = np.clip((smooth - level - 10.0) / 15.0, 0.0, 1.0)
    flattened = hu - bright * (smooth - level + rng.uniform(0.0, 20.0))
    # Bone stays: it is far brighter than blood in all but the arterial phase.
    without = np.where(smooth > _BONE_HU, hu, flattened) - level + rng.uniform(45.0, 65.0)
    return without.astype(np.float32)


def change_contrast(hu: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Stretch HU about soft tissue, shift them and bend the curve within the window."""
    low, high = WINDOW_HU
    stretched = (hu - _SOFT_TISSUE_HU) * rng.uniform(0.75, 1.3) + _SOFT_TISSUE_HU + rng.uniform(-20.0, 20.0)
    part = np.clip((stretched - low) / (high - low), 0.0, 1.0)
    return (part ** np.float32(np.exp(rng.uniform(-0.3, 0.3))) * (high - low) + low).astype(np.float32)


def add_noise(hu: np.ndarray, sigma_hu: float, grain: float, rng: np.random.Generator) -> np.ndarray:
    """Add noise of standard deviation ``sigma_hu`` with a correlation length of ``grain`` voxels."""
    noise = rng.standard_normal(hu.shape, dtype=np.float32)
    if grain > 0.3:
        noise = ndimage.gaussian_filter(noise, grain)
        noise /= max(float(noise.std()), 1e-6)
    return hu + noise * np.float32(sigma_hu)


def thicken_slices(hu: np.ndarray, factor: float, phase: float) -> np.ndarray:
    """Average slabs of ``factor`` slices along k and interpolate between them, starting at ``phase`` of a slab."""
    count = hu.shape[0]
    edges = np.concatenate([np.zeros((1, *hu.shape[1:]), np.float32), np.cumsum(hu, axis=0, dtype=np.float32)])
    centers = np.arange(phase * factor, count, factor)
    starts = np.clip(centers - factor / 2, 0, count)
    stops = np.clip(centers + factor / 2, 0, count)
    widths = (stops - starts).reshape(-1, 1, 1).astype(np.float32)
    slabs = (_along_k(edges, stops) - _along_k(edges, starts)) / np.maximum(widths, 1e-3)
    return _along_k(slabs, np.clip((np.arange(count) + 0.5 - centers[0]) / factor, 0, len(centers) - 1))


def cut_field_of_view(hu: np.ndarray, target: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """End the scan somewhere in the lower or upper half of the patch: beyond is air, and background."""
    middle = hu.shape[0] // 2
    reach = int(rng.integers(1, middle))
    gone = slice(0, reach) if rng.random() < 0.5 else slice(hu.shape[0] - reach, None)
    hu, target = hu.copy(), target.copy()
    hu[gone] = WINDOW_HU[0]
    target[gone] = BACKGROUND
    return hu, target


def _along_k(slices: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Interpolate linearly between slices at fractional positions along the first axis."""
    lower = np.clip(np.floor(positions).astype(int), 0, len(slices) - 1)
    upper = np.minimum(lower + 1, len(slices) - 1)
    part = (positions - lower).reshape(-1, 1, 1).astype(np.float32)
    return slices[lower] * (1 - part) + slices[upper] * part
