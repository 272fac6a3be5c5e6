"""What training exports is what inference loads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.inference.model import load_model
from LightMSegmentationLib.inference.settings import Mode, SegmentationSettings
from LightMSegmentationLib.training.cases import Case
from LightMSegmentationLib.training.config import ArchiveConfig, NetworkConfig
from LightMSegmentationLib.training.export import ModelName, export_model, training_sources
from LightMSegmentationLib.training.loop import Training
from LightMSegmentationLib.training.run import build_network

if TYPE_CHECKING:
    from LightMSegmentationLib.training.archive import Archive
    from LightMSegmentationLib.training.config import TrainingConfig

MODEL = ModelName("tiny", "0.0.1", "abc1234")


def case(name: str, patient: str, split: str, source: str) -> Case:
    nowhere = Path(name)
    return Case(name, patient, split, "liver", "portal venous", source, "CC0", nowhere, nowhere)


@pytest.fixture
def small_config(tiny_config: TrainingConfig) -> TrainingConfig:
    """A LightM-UNet of two levels, trained for one step at the coarse spacing."""
    archives = (ArchiveConfig("coarse", (3.0, 3.0, 3.0)),)
    return replace(tiny_config, archives=archives, network=NetworkConfig(8, (1, 1), (1,)), steps=1, validation_cases=())


def test_the_exported_weights_are_the_averaged_ones_and_load_through_the_card(
    tiny_archive: Archive, small_config: TrainingConfig, tmp_path: Path
) -> None:
    training = Training(build_network(small_config), [tiny_archive], small_config, tmp_path / "state")
    training.run()
    card = export_model(MODEL, [tmp_path / "state"], [], tmp_path / "model")
    model = load_model(SegmentationSettings(mode=Mode.FAST, model=str(card)))
    stage = model.stages["coarse"]
    assert stage.plan.patch == small_config.patch
    assert stage.plan.spacing_mm == small_config.archives[0].spacing_mm
    for name, value in stage.network.state_dict().items():
        torch.testing.assert_close(value, training.averaged_weights()[name], rtol=1e-3, atol=1e-6)


def test_one_run_on_two_archives_becomes_two_stages_with_the_same_weights(
    tiny_archive: Archive, small_config: TrainingConfig, tmp_path: Path
) -> None:
    fine = replace(tiny_archive, spacing_mm=(2.0, 2.0, 2.0))
    archives = (*small_config.archives, ArchiveConfig("fine", (2.0, 2.0, 2.0)))
    config = replace(small_config, archives=archives)
    Training(build_network(config), [tiny_archive, fine], config, tmp_path / "state").run()
    card = export_model(MODEL, [tmp_path / "state"], [], tmp_path / "model")
    stages = load_model(SegmentationSettings(mode=Mode.FULL, model=str(card))).stages
    assert [stages[name].plan.spacing_mm for name in ("coarse", "fine")] == [(3.0, 3.0, 3.0), (2.0, 2.0, 2.0)]
    assert stages["coarse"].plan.sha256 == stages["fine"].plan.sha256


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no training checkpoint"):
        export_model(MODEL, [tmp_path / "empty"], [], tmp_path / "model")


def test_the_card_names_every_source_that_was_trained_on_and_no_other() -> None:
    sources = training_sources(
        [
            case("a1", "a", "train", "first"),
            case("a2", "a", "train", "first"),
            case("b", "b", "train", "second"),
            case("v", "v", "validation", "third"),
        ]
    )
    assert [(entry["source"], entry["patients"], entry["cases"]) for entry in sources] == [
        ("first", 1, ["a1", "a2"]),
        ("second", 1, ["b"]),
    ]
