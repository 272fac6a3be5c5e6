"""A run from the command line: packed, trained, stopped by a signal and continued."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.training import run as run_module
from LightMSegmentationLib.training.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from LightMSegmentationLib.training.archive import Archive
    from LightMSegmentationLib.training.config import TrainingConfig
    from torch import nn


@pytest.fixture
def config_path(tiny_config: TrainingConfig, tmp_path: Path) -> Path:
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps({**tiny_config.to_json(), "steps": 400, "validation_steps": 400}), encoding="utf-8")
    return path


@pytest.mark.skipif(os.name == "nt", reason="a process can't send itself SIGTERM on Windows without ending")
def test_a_signal_ends_the_run_after_its_step_with_the_state_saved(
    config_path: Path,
    tiny_archive: Archive,
    make_network: Callable[[int], nn.Module],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    def network_that_is_interrupted(_config: TrainingConfig) -> nn.Module:
        network = make_network(0)
        network.register_forward_hook(lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        return network

    monkeypatch.setattr(run_module, "prepared_archive", lambda _config, _data: tiny_archive)
    monkeypatch.setattr(run_module, "build_network", network_that_is_interrupted)
    before = signal.getsignal(signal.SIGTERM)
    training = run_module.train(config_path, tmp_path / "state")
    assert training.step <= 2
    assert len(Journal(tmp_path / "state").entries("step")) == training.step
    assert (tmp_path / "state" / "checkpoint.pt").is_file()
    assert signal.getsignal(signal.SIGTERM) is before
