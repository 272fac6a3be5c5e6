"""A run starts as the network that it starts from, also where it is given more than that one was."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from LightMSegmentationLib.training.folds import Fold
from LightMSegmentationLib.training.initial_weights import initial_weights, load_into
from LightMSegmentationLib.training.run import config_of_fold

from Testing.data.tiny_model import write_tiny_model

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.training.config import TrainingConfig


def a_network(seed: int, in_channels: int = 1) -> LightMUNet:
    torch.manual_seed(seed)
    return LightMUNet(3, in_channels, 3, 8, (1, 1), (1,)).eval()


@torch.no_grad()
def test_a_network_with_more_inputs_says_at_first_what_the_one_without_them_says() -> None:
    earlier, wider = a_network(0), a_network(1, in_channels=3)
    load_into(wider, earlier.state_dict())
    image = torch.rand(1, 3, 8, 8, 8)
    torch.testing.assert_close(wider(image), earlier(image[:, :1]), atol=1e-4, rtol=1e-4)


def test_new_inputs_learn_from_the_first_step_on() -> None:
    wider = a_network(1, in_channels=3)
    load_into(wider, a_network(0).state_dict())
    wider.train()(torch.rand(1, 3, 8, 8, 8)).square().sum().backward()
    assert wider.convInit[1].conv.weight.grad[:, 1:].abs().min() > 0


@torch.no_grad()
def test_the_same_network_takes_all_weights_over() -> None:
    earlier, later = a_network(0), a_network(1)
    load_into(later, earlier.state_dict())
    assert all(torch.equal(later.state_dict()[name], value) for name, value in earlier.state_dict().items())


def test_weights_of_an_installed_model_are_found_by_their_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTM_MODELS", str(tmp_path))
    card = json.loads(write_tiny_model(tmp_path).read_text(encoding="utf-8"))
    weights = initial_weights(f"sha256:{card['stages']['coarse']['sha256']}")
    assert weights["convInit.0.conv.weight"].shape == (1, 1, 3, 3, 3)


def test_weights_that_nobody_has_are_refused_in_a_sentence() -> None:
    with pytest.raises(UsageError, match=re.escape("No installed model has the weights 000000000000…")):
        initial_weights("sha256:" + "0" * 64)


def test_a_run_that_was_not_trained_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("LightMSegmentationLib.training.initial_weights.state_folder", tmp_path.joinpath)
    with pytest.raises(UsageError, match="has no checkpoint"):
        initial_weights("nobody")


def test_no_fold_starts_from_a_model_that_has_seen_everybody(tiny_config: TrainingConfig) -> None:
    config = replace(tiny_config, initial="sha256:" + "0" * 64)
    with pytest.raises(UsageError, match="has seen all patients"):
        config_of_fold(config, Fold(1, 5))
