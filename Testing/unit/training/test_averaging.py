"""The average follows the weights, quickly at first."""

from __future__ import annotations

import pytest
import torch
from LightMSegmentationLib.training.averaging import AveragedWeights
from torch import nn


@pytest.fixture
def scalar() -> nn.Module:
    """A network of a single weight, which is 0."""
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    return network


def value(average: AveragedWeights) -> float:
    return average.weights()["weight"].item()


def test_the_first_updates_forget_the_initial_weights_quickly(scalar: nn.Module) -> None:
    average = AveragedWeights(scalar, decay=0.999)
    nn.init.ones_(scalar.weight)
    average.update(scalar)
    assert value(average) == pytest.approx(1 - 2 / 11)


def test_in_the_long_run_the_decay_is_the_one_asked_for(scalar: nn.Module) -> None:
    average = AveragedWeights(scalar, decay=0.5)
    for _ in range(20):
        average.update(scalar)
    nn.init.ones_(scalar.weight)
    average.update(scalar)
    assert value(average) == pytest.approx(0.5)


def test_a_restored_average_continues_as_the_original(scalar: nn.Module) -> None:
    original, restored = AveragedWeights(scalar, decay=0.9), AveragedWeights(scalar, decay=0.9)
    nn.init.ones_(scalar.weight)
    original.update(scalar)
    restored.load_state_dict(original.state_dict())
    original.update(scalar)
    restored.update(scalar)
    assert torch.equal(original.weights()["weight"], restored.weights()["weight"])
