"""A tiny archive and network on which training itself can be tested in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from LightMSegmentationLib.training.archive import Archive, PackedCase
from LightMSegmentationLib.training.config import ArchiveConfig, TrainingConfig
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class TinyNetwork(nn.Sequential):
    """Layers in a row that take inputs of any size."""

    size_multiple = 1


def make_case(name: str, patient: str, split: str = "train", labels: str = "liver+tumor") -> PackedCase:
    """Return a box-shaped liver with a box-shaped tumor in noise."""
    rng = np.random.default_rng([*name.encode()])
    target = np.zeros((20, 28, 28), np.uint8)
    target[5:15, 6:20, 6:20] = 1 if labels == "liver+tumor" else 3
    image = rng.integers(8, 14, target.shape).astype(np.uint8)
    image[target > 0] += 22
    if labels == "liver+tumor":
        target[8:12, 9:13, 9:13] = 2
        image[target == 2] -= 12
    return PackedCase(name, patient, split, labels, "portal venous", (14.0, 14.0, 10.0), image, target)


@pytest.fixture(autouse=True)
def _single_thread() -> Iterator[None]:
    """Keep tiny operations on one thread: on a busy machine threads cost far more time waiting than they save."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def tiny_archive() -> Archive:
    """Three training patients, one of them without tumor labels, and one validation patient."""
    cases = (
        make_case("a1", "a"),
        make_case("b1", "b"),
        make_case("c1", "c", labels="liver"),
        make_case("v1", "v", split="validation"),
    )
    return Archive(cases, (3.0, 3.0, 3.0), "0" * 64)


@pytest.fixture
def tiny_config() -> TrainingConfig:
    """Six steps on 16-voxel patches, validated at the end."""
    return TrainingConfig(
        name="tiny",
        archives=(ArchiveConfig("tiny", (3.0, 3.0, 3.0)),),
        patch=(16, 16, 16),
        steps=6,
        warmup_steps=2,
        validation_steps=6,
        validation_cases=("v1",),
    )


@pytest.fixture
def make_network() -> Callable[[int], nn.Module]:
    """Make a two-layer convolutional network with three classes from a seed."""

    def seeded(seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return TinyNetwork(nn.Conv3d(1, 8, 3, padding=1), nn.GroupNorm(2, 8), nn.ReLU(), nn.Conv3d(8, 3, 1))

    return seeded


@pytest.fixture
def tiny_network(make_network: Callable[[int], nn.Module]) -> nn.Module:
    """A freshly seeded tiny network."""
    return make_network(0)
