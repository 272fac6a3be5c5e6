"""Dice plus cross entropy that learn only from what is labeled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from LightMSegmentationLib.training.targets import ALLOWED_CLASSES, LIVER_OR_TUMOR, TUMOR, UNKNOWN

if TYPE_CHECKING:
    from torch import Tensor

_SMOOTH = 1.0


def partial_label_loss(logits: Tensor, target: Tensor, tumor_weight: float = 1.0) -> Tensor:
    """Return cross entropy plus Dice losses for logits (batch, 3, k, j, i) and target codes (batch, k, j, i).

    A voxel's cross entropy is minus the logarithm of the summed probability of the classes that its code allows, times
    ``tumor_weight`` on tumor; a voxel that may be anything adds nothing. Dice losses, half each, are those of the organ
    (liver or tumor) where that is known and of tumor where that is known; a batch that shows no tumor counts the
    organ's twice and teaches what is no tumor through the cross entropy alone.

    Source of the summed probability: Shi et al., "Marginal loss and exclusion loss for partially supervised multi-organ
    segmentation" (2021).
    """
    logits = logits.float()
    probabilities = torch.softmax(logits, dim=1)
    known = target != UNKNOWN
    organ_known = known.float()
    organ_dice = _dice_loss(probabilities[:, 1] + probabilities[:, 2], (target > 0).float(), organ_known)
    tumor_known = (known & (target != LIVER_OR_TUMOR)).float()
    tumor = (target == TUMOR).float()
    present = tumor.sum() > 0
    tumor_dice = torch.where(present, _dice_loss(probabilities[:, 2], tumor, tumor_known), organ_dice)
    return _cross_entropy(logits, target, tumor_weight) + 0.5 * (organ_dice + tumor_dice)


def _cross_entropy(logits: Tensor, target: Tensor, tumor_weight: float) -> Tensor:
    allowed = torch.as_tensor(ALLOWED_CLASSES, device=logits.device)[target.long()].movedim(-1, 1)
    compatible = torch.logsumexp(logits.masked_fill(allowed == 0, -torch.inf), dim=1)
    loss = torch.logsumexp(logits, dim=1) - compatible
    weight = (target != UNKNOWN) + (tumor_weight - 1.0) * (target == TUMOR)
    return (weight * loss).sum() / weight.sum().clamp(min=1.0)


def _dice_loss(probability: Tensor, truth: Tensor, known: Tensor) -> Tensor:
    """Soft Dice loss over the known voxels of the whole batch."""
    overlap = (probability * truth * known).sum()
    total = (probability * known).sum() + (truth * known).sum()
    return 1.0 - (2.0 * overlap + _SMOOTH) / (total + _SMOOTH)
