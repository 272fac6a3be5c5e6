"""Cross entropy plus Dice, as the papers on two-dimensional segmentation weigh and smooth them.

Source: Ruan and Xiang, "VM-UNet" (2024), section 3.3, and the code that they published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

    from LightMSegmentationLib.training.slices.config import LossConfig

_SMOOTH_PIXELS = 1.0
_SMOOTH_CLASSES = 1e-5


def segmentation_loss(logits: Tensor, target: Tensor, weights: LossConfig) -> Tensor:
    """Return the loss of logits (batch, outputs, rows, columns) and classes (batch, rows, columns), integers.

    With a single output it is binary cross entropy, and Dice picture by picture; with several, cross entropy and the
    mean of every class's Dice over the batch, background included.
    """
    logits = logits.float()
    if logits.shape[1] == 1:
        truth = (target > 0).float()
        entropy = functional.binary_cross_entropy_with_logits(logits[:, 0], truth)
        dice = _dice_of_pictures(torch.sigmoid(logits[:, 0]), truth)
    else:
        entropy = functional.cross_entropy(logits, target.long())
        dice = _dice_of_classes(torch.softmax(logits, dim=1), target)
    return weights.cross_entropy * entropy + weights.dice * dice


def _dice_of_pictures(probability: Tensor, truth: Tensor) -> Tensor:
    overlap = (probability * truth).sum(dim=(1, 2))
    total = probability.sum(dim=(1, 2)) + truth.sum(dim=(1, 2))
    return (1.0 - (2.0 * overlap + _SMOOTH_PIXELS) / (total + _SMOOTH_PIXELS)).mean()


def _dice_of_classes(probability: Tensor, target: Tensor) -> Tensor:
    """Return the mean Dice loss of all classes, with squares in the divisor (Milletari et al., "V-Net", 2016)."""
    truth = functional.one_hot(target.long(), probability.shape[1]).movedim(-1, 1).to(probability.dtype)
    overlap = (probability * truth).sum(dim=(0, 2, 3))
    total = probability.square().sum(dim=(0, 2, 3)) + truth.sum(dim=(0, 2, 3))
    return (1.0 - (2.0 * overlap + _SMOOTH_CLASSES) / (total + _SMOOTH_CLASSES)).mean()
