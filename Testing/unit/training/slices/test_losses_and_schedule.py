"""Loss and learning rate are those of the papers' published code."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from LightMSegmentationLib.training.slices.batches import batch_rows, steps_per_epoch
from LightMSegmentationLib.training.slices.config import LossConfig, ScheduleConfig, SliceTrainingConfig
from LightMSegmentationLib.training.slices.losses import segmentation_loss
from LightMSegmentationLib.training.slices.schedule import learning_rate


def test_one_output_is_judged_by_binary_entropy_and_by_dice_of_each_picture() -> None:
    logits = torch.zeros(2, 1, 2, 2)
    target = torch.tensor([[[1, 1], [0, 0]], [[0, 0], [0, 0]]])
    # Every probability is 1/2: the pictures' Dice are (2*1 + 1) / (2 + 2 + 1) and (0 + 1) / (2 + 0 + 1).
    wanted = math.log(2.0) + (0.4 + 2.0 / 3.0) / 2
    assert segmentation_loss(logits, target, LossConfig()).item() == pytest.approx(wanted, abs=1e-6)


def test_several_outputs_are_judged_by_entropy_and_by_dice_of_each_class_with_squares() -> None:
    logits = torch.zeros(1, 2, 2, 2)
    target = torch.tensor([[[1, 0], [0, 0]]])
    # Background: 2 * 3/2 / (4/4 + 3), foreground: 2 * 1/2 / (4/4 + 1).
    wanted = 0.4 * math.log(2.0) + 0.6 * (0.25 + 0.5) / 2
    assert segmentation_loss(logits, target, LossConfig(0.4, 0.6)).item() == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("outputs", [1, 3])
def test_a_perfect_answer_costs_nothing(outputs: int) -> None:
    target = torch.randint(0, 2, (2, 8, 8), generator=torch.Generator().manual_seed(0))
    sure = torch.stack([40.0 * (2 * (target == value) - 1.0) for value in range(outputs)], dim=1)
    logits = 40.0 * (2 * target[:, None] - 1.0) if outputs == 1 else sure
    assert segmentation_loss(logits, target, LossConfig()).item() < (0.01 if outputs == 1 else 0.34)


def test_the_cosine_rises_again_after_its_period(tiny_config: SliceTrainingConfig) -> None:
    config = replace(tiny_config, epochs=300)
    rates = [learning_rate(epoch, config) for epoch in range(101)]
    optimizer = torch.optim.AdamW([torch.zeros(1, requires_grad=True)], lr=0.005)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50, eta_min=1e-5)
    for rate in rates:
        assert rate == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-6)
        optimizer.step()
        theirs.step()
    assert min(rates) == rates[50] == pytest.approx(1e-5)


def test_the_polynomial_falls_to_zero(tiny_config: SliceTrainingConfig) -> None:
    config = replace(tiny_config, epochs=10, schedule=ScheduleConfig("polynomial"))
    assert learning_rate(0, config) == pytest.approx(0.005)
    assert learning_rate(5, config) == pytest.approx(0.005 * 0.5**0.9)


def test_an_epoch_shows_every_picture_once_in_an_order_of_its_own(tiny_config: SliceTrainingConfig) -> None:
    rows = np.arange(10, 20)
    assert steps_per_epoch(len(rows), tiny_config.batch) == 3
    epochs = [
        np.concatenate([batch_rows(3 * epoch + step, rows, tiny_config) for step in range(3)]) for epoch in (0, 1)
    ]
    assert [sorted(epoch) for epoch in epochs] == [list(rows), list(rows)]
    assert list(epochs[0]) != list(epochs[1])
