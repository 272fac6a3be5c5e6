"""Pictures changed as the papers' authors change them: mirrored, turned, rotated, and lit in other ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

    from LightMSegmentationLib.training.slices.config import SliceAugmentationConfig

_RIGHT_ANGLE = 90.0


def augmented(
    images: Tensor, labels: Tensor, config: SliceAugmentationConfig, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Return images (batch, channels, rows, columns) and labels (batch, rows, columns) after random changes.

    What comes from outside of a picture is 0 in the image and background in the labels, as the authors have it.
    """
    moves = np.stack([_move(config, rng) for _ in range(len(images))])
    images, labels = _moved(images, labels, moves)
    return _relit(images, config, rng), labels


def _move(config: SliceAugmentationConfig, rng: np.random.Generator) -> np.ndarray:
    """Return the 2 x 2 matrix (x, y) that leads from a place in the new picture to that in the old one."""
    move = np.eye(2)
    degrees = 0.0
    if rng.random() < config.chance_turn:
        degrees = _RIGHT_ANGLE * rng.integers(4)
        move[rng.integers(2)] *= -1.0
    elif rng.random() < config.chance_rotation:
        degrees = rng.uniform(*config.rotation_degrees)
    for axis in range(2):
        if rng.random() < config.chance_mirror:
            move[axis] *= -1.0
    if rng.random() < config.chance_scale:
        move /= rng.uniform(*config.scale)
    angle = np.deg2rad(degrees)
    return move @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _moved(images: Tensor, labels: Tensor, moves: np.ndarray) -> tuple[Tensor, Tensor]:
    """Sample images linearly and labels at the nearest pixel; pictures that do not move stay as they are."""
    moving = np.abs(moves - np.eye(2)).max(axis=(1, 2)) > 0
    if not moving.any():
        return images, labels
    rows, columns = images.shape[2:]
    extent = np.array([columns, rows], dtype=float)
    theta = np.zeros((int(moving.sum()), 2, 3))
    theta[:, :, :2] = moves[moving] * (extent / extent[:, None])  # from pixels to halves of width and height
    chosen = torch.from_numpy(moving).to(images.device)
    size = [len(theta), 1, rows, columns]
    grid = functional.affine_grid(torch.from_numpy(theta).float().to(images.device), size, align_corners=False)
    images, labels = images.clone(), labels.clone()
    images[chosen] = functional.grid_sample(images[chosen], grid, align_corners=False)
    sampled = functional.grid_sample(labels[chosen][:, None].float(), grid, mode="nearest", align_corners=False)
    labels[chosen] = sampled[:, 0].to(labels.dtype)
    return images, labels


def _relit(images: Tensor, config: SliceAugmentationConfig, rng: np.random.Generator) -> Tensor:
    """Change contrast and gamma and add noise, picture by picture."""
    if not (config.chance_contrast or config.chance_gamma or config.chance_noise):
        return images
    return torch.stack([_relit_picture(image, config, rng) for image in images])


def _relit_picture(image: Tensor, config: SliceAugmentationConfig, rng: np.random.Generator) -> Tensor:
    low, high = image.min(), image.max()
    span = (high - low).clamp(min=1e-6)
    if rng.random() < config.chance_contrast:
        mean = image.mean()
        image = (mean + (image - mean) * rng.uniform(*config.contrast)).clamp(low, high)
    if rng.random() < config.chance_gamma:
        image = ((image - low) / span).clamp(0.0, 1.0) ** rng.uniform(*config.gamma) * span + low
    if rng.random() < config.chance_noise:
        noise = rng.normal(0.0, rng.uniform(0.0, config.noise), image.shape).astype(np.float32)
        image = image + span * torch.from_numpy(noise).to(image.device)
    return image
