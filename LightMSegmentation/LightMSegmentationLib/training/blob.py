"""Round, bumpy bodies in a scan, as tumors, cysts and gallbladders are made of. Sizes in mm; arrays k, j, i."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage


@dataclass(frozen=True)
class Blob:
    """An ellipsoid: mean radius in mm, its axes' ``stretch`` and ``turn`` (rotation matrix), and its bumps in radii."""

    radius_mm: float
    stretch: tuple[float, float, float]
    turn: np.ndarray
    roughness: float

    def distance(self, offsets: np.ndarray) -> np.ndarray:
        """Return the distance of points (3, k, j, i), in mm from the center, in radii of the ellipsoid."""
        turned = np.tensordot(self.turn.astype(np.float32), offsets, axes=1)
        radii = np.float32(self.radius_mm) * np.array(self.stretch, np.float32).reshape(3, 1, 1, 1)
        return np.sqrt(((turned / radii) ** 2).sum(axis=0))

    def depth_mm(self, offsets: np.ndarray, spacing_kji: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the depth of points below the surface in mm, negative outside; the radius wanders smoothly."""
        bumps = smooth_noise(offsets.shape[1:], 0.55 * self.radius_mm / spacing_kji, rng)
        return self.radius_mm * (1.0 + self.roughness * bumps - self.distance(offsets))


@dataclass(frozen=True)
class Surroundings:
    """The part of an array around a voxel: ``box``, and ``offsets`` (3, k, j, i) in mm from that voxel."""

    box: tuple[slice, ...]
    offsets: np.ndarray

    @classmethod
    def of(cls, center: np.ndarray, reach_mm: float, shape: tuple[int, ...], spacing_kji: np.ndarray) -> Surroundings:
        """Return what lies within ``reach_mm`` of a voxel (k, j, i), as far as the array goes."""
        reach = np.ceil(reach_mm / spacing_kji).astype(int) + 1
        low, high = np.maximum(center - reach, 0), np.minimum(center + reach + 1, shape)
        axes = [
            (np.arange(start, stop) - middle) * step
            for start, stop, middle, step in zip(low, high, center, spacing_kji, strict=True)
        ]
        box = tuple(slice(start, stop) for start, stop in zip(low, high, strict=True))
        return cls(box, np.stack(np.meshgrid(*axes, indexing="ij")).astype(np.float32))


def smooth_noise(shape: tuple[int, ...], sigma: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noise of mean 0 and standard deviation 1 (float32) with correlation lengths ``sigma`` in voxels."""
    # Coarse noise, enlarged: the same correlation at a fraction of the cost of wide filters.
    coarse = [max(4, int(np.ceil(size / max(1.0, width)))) + 2 for size, width in zip(shape, sigma, strict=True)]
    noise = ndimage.gaussian_filter(rng.standard_normal(coarse, dtype=np.float32), 0.7)
    factors = [size / knots for size, knots in zip(shape, coarse, strict=True)]
    grown = ndimage.zoom(noise, factors, order=3, mode="nearest", grid_mode=True)
    return (grown - grown.mean()) / max(float(grown.std()), 1e-6)


def soft_step(depth: np.ndarray, width: float) -> np.ndarray:
    """0 outside, 1 inside, rising over about ``width`` mm around the surface."""
    return 1.0 / (1.0 + np.exp(-np.clip(4.0 * depth / width, -30.0, 30.0)))


def random_rotation(rng: np.random.Generator) -> np.ndarray:
    """Return a uniformly random rotation, from a normalized quaternion (Shoemake, 1992)."""
    quaternion = rng.standard_normal(4)
    w, x, y, z = quaternion / np.linalg.norm(quaternion)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip
