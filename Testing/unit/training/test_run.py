"""A run from the command line: packed, trained, stopped by a signal and continued."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.cli.main import main
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.training import run as run_module
from LightMSegmentationLib.training.checkpoint import load_checkpoint
from LightMSegmentationLib.training.folds import Fold
from LightMSegmentationLib.training.journal import Journal
from LightMSegmentationLib.training.loop import Training

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


class RecordedTraining(Training):
    """Remembers what it was given to train on."""

    def __init__(self, network: nn.Module, archives: list[Archive], *rest: object) -> None:
        super().__init__(network, archives, *rest)
        self.archives = archives


def test_a_fold_trains_under_its_own_name_without_the_patients_it_holds_out(
    config_path: Path,
    tiny_archive: Archive,
    make_network: Callable[[int], nn.Module],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fold = Fold(1, 2)
    (held_out,) = fold.held_out(tiny_archive.cases)
    seen = []
    monkeypatch.setattr(run_module, "prepared_archive", lambda _config, _data: tiny_archive)
    monkeypatch.setattr(run_module, "build_network", lambda config: seen.append(config) or make_network(0))
    monkeypatch.setattr(run_module, "state_folder", lambda name: config_path.parent / name)
    monkeypatch.setattr(run_module, "Training", RecordedTraining)
    training = run_module.train(config_path, minutes=0.0, fold=fold)
    state = load_checkpoint(config_path.parent / "tiny-fold1of2")
    assert state is not None
    assert state["config"]["name"] == seen[0].name == "tiny-fold1of2"
    trained_on = {case.patient for archive in training.archives for case in archive.split("train")}
    assert trained_on == {"a", "b", "c"} - {held_out.patient}


def test_a_fold_starts_from_weights_of_the_same_fold(tiny_config: TrainingConfig) -> None:
    config = run_module.config_of_fold(replace(tiny_config, initial="coarse"), Fold(2, 5))
    assert (config.name, config.initial) == ("tiny-fold2of5", "coarse-fold2of5")


def test_a_run_of_another_fold_is_not_continued(
    config_path: Path, tiny_archive: Archive, make_network: Callable[[int], nn.Module], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "prepared_archive", lambda _config, _data: tiny_archive)
    monkeypatch.setattr(run_module, "build_network", lambda _config: make_network(0))
    run_module.train(config_path, config_path.parent / "state", minutes=0.0, fold=Fold(1, 2))
    with pytest.raises(UsageError, match="another archive"):
        run_module.train(config_path, config_path.parent / "state", minutes=0.0, fold=Fold(2, 2))


def test_what_is_no_fold_is_refused_in_one_sentence(config_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(config_path), "--fold", "6/5"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
