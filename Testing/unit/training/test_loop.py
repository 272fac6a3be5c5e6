"""A run can be interrupted anywhere and ends the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from LightMSegmentationLib.errors import ModelError, UsageError
from LightMSegmentationLib.training.checkpoint import FILE_NAME
from LightMSegmentationLib.training.config import NetworkConfig
from LightMSegmentationLib.training.journal import Journal
from LightMSegmentationLib.training.loop import Training
from LightMSegmentationLib.training.run import build_network

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.training.archive import Archive
    from LightMSegmentationLib.training.config import TrainingConfig
    from torch import nn


def test_an_interrupted_run_ends_with_the_very_weights_of_an_uninterrupted_one(
    tiny_archive: Archive, tiny_config: TrainingConfig, tmp_path: Path
) -> None:
    config = replace(tiny_config, network=NetworkConfig(8, (1, 1), (1,)), validation_cases=())
    whole = Training(build_network(config), [tiny_archive], config, tmp_path / "whole")
    whole.run()
    for seed in (0, 7):
        # No minutes at all: the run stops, resumable, after one step. A resumed network's own seed must not matter.
        stopped = Training(build_network(replace(config, seed=seed)), [tiny_archive], config, tmp_path / "parts")
        stopped.run(minutes=0.0)
    parts = Training(build_network(replace(config, seed=9)), [tiny_archive], config, tmp_path / "parts")
    assert parts.step == 2
    parts.run()
    assert parts.step == whole.step == config.steps
    for name, value in whole.network.state_dict().items():
        assert torch.equal(parts.network.state_dict()[name], value), name
    for name, value in whole.averaged_weights().items():
        assert torch.equal(parts.averaged_weights()[name], value), name


def test_the_loss_falls_on_a_task_that_is_easy(
    tiny_archive: Archive, tiny_config: TrainingConfig, tiny_network: nn.Module, tmp_path: Path
) -> None:
    config = replace(tiny_config, steps=40, learning_rate=0.02, validation_steps=40)
    Training(tiny_network, [tiny_archive], config, tmp_path).run()
    losses = [entry["loss"] for entry in Journal(tmp_path).entries("step")]
    assert len(losses) == 40
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])


def test_validation_is_logged_with_a_score_per_case(
    tiny_archive: Archive, tiny_config: TrainingConfig, tiny_network: nn.Module, tmp_path: Path
) -> None:
    Training(tiny_network, [tiny_archive], tiny_config, tmp_path).run()
    (entry,) = Journal(tmp_path).entries("validation")
    assert entry["step"] == tiny_config.steps
    cases = entry["stages"]["tiny"]["cases"]
    assert set(cases) == {"v1"}
    assert 0.0 <= cases["v1"]["liver"] <= 1.0


def test_a_run_refuses_to_continue_on_another_archive(
    tiny_archive: Archive, tiny_config: TrainingConfig, tiny_network: nn.Module, tmp_path: Path
) -> None:
    Training(tiny_network, [tiny_archive], tiny_config, tmp_path).run(minutes=0.0)
    with pytest.raises(UsageError, match="another archive"):
        Training(tiny_network, [replace(tiny_archive, sha256="1" * 64)], tiny_config, tmp_path)


def test_a_damaged_checkpoint_is_named_rather_than_ignored(
    tiny_archive: Archive, tiny_config: TrainingConfig, tiny_network: nn.Module, tmp_path: Path
) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a checkpoint")
    with pytest.raises(ModelError, match="damaged"):
        Training(tiny_network, [tiny_archive], tiny_config, tmp_path)
