"""Patches cut with rotation, scaling and elastic deformation, image and target alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.training.targets import BACKGROUND

if TYPE_CHECKING:
    from LightMSegmentationLib.training.config import AugmentationConfig

_ELASTIC_KNOTS = 5


def patch_coordinates(center: np.ndarray, patch: tuple[int, int, int], matrix: np.ndarray) -> np.ndarray:
    """Return source coordinates (3, k, j, i), in voxels, of a patch.

    The offset of every patch voxel from the patch's middle is multiplied by ``matrix`` (3x3, on k, j, i) and added to
    ``center``.
    """
    axes = [np.arange(size, dtype=np.float32) - (size - 1) / 2 for size in patch]
    offsets = np.stack(np.meshgrid(*axes, indexing="ij"))
    moved = np.tensordot(matrix.astype(np.float32), offsets, axes=1)
    return moved + np.asarray(center, dtype=np.float32).reshape(3, 1, 1, 1)


def random_matrix(rng: np.random.Generator, config: AugmentationConfig) -> np.ndarray:
    """Return a random rotation times a random scaling; tilts out of the axial plane are half as strong."""
    degrees = rng.uniform(-1, 1, 3) * config.rotation_degrees * np.array([1.0, 0.5, 0.5])
    low, high = config.scale
    scale = np.exp(rng.uniform(np.log(low), np.log(high))) * np.exp(rng.uniform(-0.08, 0.08, 3))
    return _rotation(np.deg2rad(degrees)) @ np.diag(1.0 / scale)


def elastic_displacement(rng: np.random.Generator, patch: tuple[int, int, int], amplitude: np.ndarray) -> np.ndarray:
    """Return smooth displacements (3, k, j, i) in voxels; at the knots, ``amplitude`` is two standard deviations."""
    knots = rng.normal(0.0, 0.5, (3, _ELASTIC_KNOTS, _ELASTIC_KNOTS, _ELASTIC_KNOTS)).astype(np.float32)
    knots *= amplitude.reshape(3, 1, 1, 1).astype(np.float32)
    factors = [size / _ELASTIC_KNOTS for size in patch]
    return np.stack([_smooth_zoom(component, patch, factors) for component in knots])


def cut(image: np.ndarray, target: np.ndarray, coordinates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sample image codes (linear, float32) and target codes (nearest) at coordinates; outside is air and background."""
    low = np.maximum(np.floor(coordinates.min(axis=(1, 2, 3))).astype(int) - 1, 0)
    high = np.maximum(np.ceil(coordinates.max(axis=(1, 2, 3))).astype(int) + 2, low + 1)
    box = tuple(slice(first, last) for first, last in zip(low, high, strict=True))
    # Beyond the scan there is nothing to smooth: clamp the box by slicing and let cval fill the rest.
    local = coordinates - low.reshape(3, 1, 1, 1)
    voxels, codes = image[box], target[box]
    if min(voxels.shape) == 0:
        shape = coordinates.shape[1:]
        return np.zeros(shape, np.float32), np.full(shape, BACKGROUND, np.uint8)
    sampled = ndimage.map_coordinates(voxels, local, output=np.float32, order=1, mode="constant", cval=0.0)
    nearest = ndimage.map_coordinates(codes, local, order=0, mode="constant", cval=BACKGROUND)
    return sampled, nearest


def _rotation(angles: np.ndarray) -> np.ndarray:
    """Return the rotation by ``angles`` (radians) about the k, j and i axes, in that order."""
    matrix = np.eye(3)
    for axis, angle in enumerate(angles):
        first, second = [other for other in range(3) if other != axis]
        turn = np.eye(3)
        turn[first, first] = turn[second, second] = np.cos(angle)
        turn[first, second] = -np.sin(angle)
        turn[second, first] = np.sin(angle)
        matrix = turn @ matrix
    return matrix


def _smooth_zoom(knots: np.ndarray, patch: tuple[int, int, int], factors: list[float]) -> np.ndarray:
    grown = ndimage.zoom(knots, factors, order=3, mode="nearest", grid_mode=True)
    return grown[: patch[0], : patch[1], : patch[2]]
