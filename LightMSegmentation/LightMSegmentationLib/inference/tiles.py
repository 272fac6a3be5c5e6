"""Tiles that cover a volume, and the weight of each of their voxels."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

SIGMAS_PER_PATCH = 8
"""A patch spans this many standard deviations of the Gaussian, as in nnU-Net (Isensee et al., 2021)."""


def tile_origins(size: Sequence[int], patch: Sequence[int], overlap: float) -> list[tuple[int, ...]]:
    """Return every tile's first voxel; tiles cover ``size``, neighbors share at least ``overlap`` of ``patch``."""
    axes = [_axis_origins(extent, length, overlap) for extent, length in zip(size, patch, strict=True)]
    return list(itertools.product(*axes))


def _axis_origins(extent: int, length: int, overlap: float) -> list[int]:
    if extent <= length:
        return [0]
    steps = math.ceil((extent - length) / (length * (1.0 - overlap)))
    return [round(step * (extent - length) / steps) for step in range(steps + 1)]


def gaussian_weights(patch: Sequence[int]) -> torch.Tensor:
    """Return weights of shape ``patch``, 1 at the center, falling to the borders but never to zero."""
    weights = torch.ones(())
    for length in patch:
        offset = torch.arange(length, dtype=torch.float32) - (length - 1) / 2
        weights = weights[..., None] * torch.exp(-0.5 * (offset * SIGMAS_PER_PATCH / length) ** 2)
    # A floor keeps corners that a single tile covers from being divided by nearly nothing.
    return weights.clamp(min=1e-3)
