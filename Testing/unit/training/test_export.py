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
from LightMSegmentationLib.training.config import NetworkConfig
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
    """A LightM-UNet of two levels, trained for one step."""
    return replace(tiny_config, network=NetworkConfig(8, (1, 1), (1,)), steps=1, validation_cases=())


def test_the_exported_weights_are_the_averaged_ones_and_load_through_the_card(
    tiny_archive: Archive, small_config: TrainingConfig, tmp_path: Path
) -> None:
    training = Training(build_network(small_config), tiny_archive, small_config, tmp_path / "state")
    training.run()
    card = export_model(MODEL, {"coarse": tmp_path / "state"}, [], tmp_path / "model")
    model = load_model(SegmentationSettings(mode=Mode.FAST, model=str(card)))
    stage = model.stages["coarse"]
    assert stage.plan.patch == small_config.patch
    assert stage.plan.spacing_mm == small_config.archive.spacing_mm
    for name, value in stage.network.state_dict().items():
        torch.testing.assert_close(value, training.averaged_weights()[name], rtol=1e-3, atol=1e-6)


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no training checkpoint"):
        export_model(MODEL, {"coarse": tmp_path / "empty"}, [], tmp_path / "model")


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
