"""Runs of tiny two-dimensional networks on tiny datasets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from LightMSegmentationLib.training.slices import run
from LightMSegmentationLib.training.slices.config import SliceTrainingConfig, load_slice_config

CONFIGS = Path(__file__).parents[4] / "LightMSegmentation" / "LightMSegmentationLib" / "training" / "configs"
TINY = {
    "skin-vm-unet": {"vm_unet": {"depths": [1, 1], "depths_decoder": [1, 1], "dims": [16, 32]}},
    "organs-vm-unet": {"vm_unet": {"depths": [1, 1], "depths_decoder": [1, 1], "dims": [16, 32]}},
    "lungs-lightm-unet": {"lightm_unet": {"init_filters": 8, "blocks_down": [1, 1], "blocks_up": [1]}},
}

WriteConfig = Callable[..., Path]


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep packed pictures, states and models of the tests out of the user's folders."""
    monkeypatch.setattr(run, "archive_path", lambda name: tmp_path / "archives" / name)
    monkeypatch.setattr(run, "state_folder", lambda name: tmp_path / "states" / name)
    monkeypatch.setenv("LIGHTM_MODELS", str(tmp_path / "models"))


@pytest.fixture
def write_config(tmp_path: Path) -> WriteConfig:
    """Write one of the shipped configurations with a tiny network, tiny pictures, and what lets it learn in seconds."""

    def write(name: str = "skin-vm-unet", **changes: object) -> Path:
        content = json.loads((CONFIGS / f"{name}.json").read_text(encoding="utf-8"))
        content["input"] |= {"size": [32, 32], "scaled_to": [-1, 1]}
        content["optimizer"]["learning_rate"] = 0.005
        path = tmp_path / f"{name}.json"
        quick = {"batch": 4, "ema_decay": 0.8, "augmentation": {"chance_mirror": 0.5}}
        path.write_text(json.dumps({**content, **TINY[name], **quick, **changes}), encoding="utf-8")
        return path

    return write


@pytest.fixture
def tiny_config(write_config: WriteConfig) -> SliceTrainingConfig:
    """Three epochs of a tiny VM-UNet."""
    return load_slice_config(write_config(epochs=3, validation_epochs=1))
