"""A two-dimensional run can be interrupted anywhere and ends the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.training.journal import Journal
from LightMSegmentationLib.training.slices.config import SliceAugmentationConfig, SliceTrainingConfig
from LightMSegmentationLib.training.slices.loop import SliceTraining
from LightMSegmentationLib.training.slices.pack import PicturePack, prepared_pack
from LightMSegmentationLib.training.slices.run import build_slice_network

from Testing.data.picture_datasets import write_isic


@pytest.fixture
def pack(tiny_config: SliceTrainingConfig, tmp_path: Path) -> PicturePack:
    return prepared_pack(tmp_path / "pack", tiny_config.plan, write_isic(tmp_path / "isic", train=6, validation=2))


def training(config: SliceTrainingConfig, pack: PicturePack, folder: Path) -> SliceTraining:
    return SliceTraining(build_slice_network(config, None), pack, config, folder)


def test_an_interrupted_run_ends_with_the_very_weights_of_an_uninterrupted_one(
    tiny_config: SliceTrainingConfig, pack: PicturePack, tmp_path: Path
) -> None:
    config = replace(tiny_config, ema_decay=0.9, augmentation=SliceAugmentationConfig(0.5, 0.0, 0.5))
    whole = training(config, pack, tmp_path / "whole")
    whole.run()
    for _ in range(3):
        training(config, pack, tmp_path / "parts").run(minutes=0.0)
    parts = training(config, pack, tmp_path / "parts")
    assert parts.step == 3
    parts.run()
    assert parts.step == whole.step == whole.steps == 6
    assert parts.best == whole.best
    exported = whole.exported_weights()
    assert all(torch.equal(value, exported[name]) for name, value in parts.exported_weights().items())


def test_the_epoch_that_validates_best_is_exported(
    tiny_config: SliceTrainingConfig, pack: PicturePack, tmp_path: Path
) -> None:
    run = training(tiny_config, pack, tmp_path)
    run.run()
    checks = Journal(tmp_path).entries("validation")
    assert [entry["epoch"] for entry in checks] == [1, 2, 3]
    assert run.best == max(((entry["epoch"], entry["dsc"]) for entry in checks), key=lambda check: check[1])


def test_without_averaging_the_last_weights_are_validated(
    tiny_config: SliceTrainingConfig, pack: PicturePack, tmp_path: Path
) -> None:
    run = training(replace(tiny_config, epochs=1, ema_decay=0.0), replace(pack, splits=("train",) * 8), tmp_path)
    run.run()
    assert run.best is None
    trained = run.network.state_dict()
    assert all(torch.equal(value, trained[name]) for name, value in run.exported_weights().items())


def test_a_run_refuses_to_continue_on_other_pictures(
    tiny_config: SliceTrainingConfig, pack: PicturePack, tmp_path: Path
) -> None:
    training(tiny_config, pack, tmp_path).run(minutes=0.0)
    with pytest.raises(UsageError, match="other pictures"):
        training(tiny_config, replace(pack, sha256="1" * 64), tmp_path)


def test_there_must_be_something_to_train_on(
    tiny_config: SliceTrainingConfig, pack: PicturePack, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="no pictures to train on"):
        training(tiny_config, replace(pack, splits=("validation",) * 8), tmp_path)
