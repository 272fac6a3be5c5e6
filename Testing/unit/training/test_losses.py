"""The loss learns from what is labeled and from nothing else."""

from __future__ import annotations

import math

import pytest
import torch
from LightMSegmentationLib.training.losses import partial_label_loss
from LightMSegmentationLib.training.targets import BACKGROUND, LIVER, LIVER_OR_TUMOR, TUMOR, UNKNOWN
from torch import Tensor


def logits_of(*rows: tuple[float, float, float]) -> Tensor:
    """Return logits (1, 3, 1, 1, n) from one row of class logits per voxel."""
    return torch.tensor(rows).T.reshape(1, 3, 1, 1, len(rows)).clone().requires_grad_()


def target_of(*codes: int) -> Tensor:
    return torch.tensor(codes, dtype=torch.uint8).reshape(1, 1, 1, len(codes))


def gradient(logits: Tensor, target: Tensor) -> Tensor:
    partial_label_loss(logits, target).backward()
    return logits.grad[0, :, 0, 0]


def test_a_sure_and_right_prediction_costs_nothing() -> None:
    logits = logits_of((40.0, 0.0, 0.0), (0.0, 40.0, 0.0), (0.0, 0.0, 40.0))
    assert partial_label_loss(logits, target_of(BACKGROUND, LIVER, TUMOR)).item() == pytest.approx(0.0, abs=1e-6)


def test_a_known_voxel_has_the_usual_cross_entropy_and_dice() -> None:
    loss = partial_label_loss(logits_of((0.0, 0.0, 0.0)), target_of(LIVER)).item()
    organ_dice_loss = 1.0 - (2.0 * 2 / 3 + 1.0) / (2 / 3 + 1.0 + 1.0)
    # Without tumor in the patch the organ's Dice stands alone.
    assert loss == pytest.approx(math.log(3.0) + organ_dice_loss, rel=1e-6)


def test_tumor_inside_a_liver_without_tumor_labels_costs_nothing() -> None:
    for certain in ((0.0, 40.0, 0.0), (0.0, 0.0, 40.0)):
        loss = partial_label_loss(logits_of(certain), target_of(LIVER_OR_TUMOR))
        assert loss.item() == pytest.approx(0.0, abs=1e-6)


def test_an_unlabeled_liver_does_not_choose_between_liver_and_tumor() -> None:
    pull = gradient(logits_of((1.0, 0.3, 0.3)), target_of(LIVER_OR_TUMOR))
    assert pull[0] > 0
    assert pull[1].item() == pytest.approx(pull[2].item(), rel=1e-6)


def test_a_voxel_that_may_be_anything_has_no_gradient() -> None:
    pull = gradient(logits_of((0.2, -0.4, 0.9), (0.0, 0.0, 0.0)), target_of(UNKNOWN, LIVER))
    assert torch.equal(pull[:, 0], torch.zeros(3))
    assert pull[:, 1].abs().sum() > 0


def test_a_patch_of_which_nothing_is_known_teaches_nothing() -> None:
    pull = gradient(logits_of((0.2, -0.4, 0.9)), target_of(UNKNOWN))
    assert torch.equal(pull, torch.zeros(3, 1))


def test_a_tumor_voxel_weighs_as_much_in_the_cross_entropy_as_asked_for() -> None:
    logits, target = logits_of((0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), target_of(LIVER, TUMOR)
    wrong = logits_of((0.0, 1.0, 0.0), (0.0, 1.0, 0.0))
    gain = partial_label_loss(wrong, target, 1.0) - partial_label_loss(logits, target, 1.0)
    weighted_gain = partial_label_loss(wrong, target, 3.0) - partial_label_loss(logits, target, 3.0)
    # Of the mean over both voxels the tumor one has 1/2, and 3/4 when it weighs three times; its loss falls by 1.
    assert (weighted_gain - gain).item() == pytest.approx(0.25, rel=1e-5)
