"""A client that has no torch lets the worker add a model."""

from __future__ import annotations

from pathlib import Path

import pytest
from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.inference.model_card import read_model_card
from LightMSegmentationLib.model_manager.add import AddOptions
from LightMSegmentationLib.worker.client import WorkerClient

from Testing.data.checkpoints import write_malicious, write_vm_unet


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the models folder that a worker sees that is started from now on."""
    monkeypatch.setenv("LIGHTM_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def test_a_checkpoint_becomes_a_model_and_a_malicious_one_a_sentence(
    worker: WorkerClient, tmp_path: Path, models: Path
) -> None:
    card = worker.add_model(write_vm_unet(tmp_path / "skin.pth"), AddOptions(labels=("skin", "mole")))

    assert card == models / "skin.json"
    assert read_model_card(card).classes == ("skin", "mole")
    with pytest.raises(ModelError, match=r"bad\.pth was refused"):
        worker.add_model(write_malicious(tmp_path / "bad.pth", tmp_path / "trace"), AddOptions())
    assert not (tmp_path / "trace").exists()
