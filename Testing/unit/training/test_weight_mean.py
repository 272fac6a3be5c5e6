"""One model of several: the mean of their weights, and a card that says so."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
import torch
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.inference.model import load_model
from LightMSegmentationLib.inference.model_card import CLASSES, FORMAT
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from LightMSegmentationLib.network.weights import read_weights, sha256_of
from LightMSegmentationLib.training.export import stored_weights
from LightMSegmentationLib.training.weight_mean import main, write_mean_model

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = {"source": "a phantom", "license": "CC0-1.0"}


def write_model(folder: Path, seed: int, *, files: tuple[str, ...] = ("all", "all"), filters: int = 8) -> Path:
    """Write a model of two stages whose weights are in the named files, drawn from the seed; return its card."""
    folder.mkdir()
    for number, file in enumerate(dict.fromkeys(files)):
        torch.manual_seed(10 * number + seed)
        network = LightMUNet(3, 1, 3, filters, (1, 1), (1,))
        (folder / f"{file}.safetensors").write_bytes(stored_weights(network.state_dict()))
    size = {"spatial_dims": 3, "in_channels": 1, "out_channels": 3}
    stages = {
        stage: {
            "network": {**size, "init_filters": filters, "blocks_down": [1, 1], "blocks_up": [1]},
            "spacing_mm": [spacing] * 3,
            "window_hu": [-40.0, 160.0],
            "patch": [16, 16, 16],
            "overlap": 0.5,
            "weights": f"{file}.safetensors",
            "sha256": sha256_of(folder / f"{file}.safetensors"),
            "calibration": {"temperature": 2.0},
            "trained": {"steps": seed},
        }
        for stage, spacing, file in zip(("coarse", "fine"), (3.0, 2.0), files, strict=True)
    }
    about = {"limits": ["it is tiny"], "sources": [SOURCE], "accuracy": {"full": 0.9}, "calibration": {"fine": 1}}
    card = {"format": FORMAT, "name": "tiny", "version": f"1.{seed}", "license": "CC0-1.0", "classes": CLASSES}
    path = folder / "tiny.json"
    path.write_text(json.dumps({**card, "stages": stages, "about": about}), encoding="utf-8")
    return path


def weights_of(card: Path, stage: str) -> dict[str, torch.Tensor]:
    entry = json.loads(card.read_text(encoding="utf-8"))["stages"][stage]
    return read_weights(card.parent / entry["weights"], entry["sha256"])


def test_every_weight_is_the_mean_of_the_models(tmp_path: Path) -> None:
    models = [write_model(tmp_path / str(seed), seed) for seed in (1, 2, 3)]
    mean = weights_of(write_mean_model(models, "2.0", tmp_path / "mean"), "fine")
    parts = [weights_of(model, "fine") for model in models]
    assert set(mean) == set(parts[0])
    for name, value in mean.items():
        expected = (parts[0][name] + parts[1][name] + parts[2][name]) / 3
        torch.testing.assert_close(value, expected, rtol=1e-3, atol=1e-4, msg=name)


def test_the_mean_of_equal_models_is_that_model_to_the_last_bit(tmp_path: Path) -> None:
    models = [write_model(tmp_path / name, 1) for name in ("first", "second", "third")]
    mean = weights_of(write_mean_model(models, "2.0", tmp_path / "mean"), "fine")
    assert all(torch.equal(value, mean[name]) for name, value in weights_of(models[0], "fine").items())


def test_the_mean_loads_as_any_model_does(tmp_path: Path) -> None:
    models = [write_model(tmp_path / str(seed), seed) for seed in (1, 2)]
    card = write_mean_model(models, "2.0", tmp_path / "mean")
    model = load_model(SegmentationSettings(model=str(card)))
    assert (model.card.name, model.card.version, set(model.stages)) == ("tiny", "2.0", {"coarse", "fine"})


def test_stages_that_share_their_weights_share_the_file_of_the_mean(tmp_path: Path) -> None:
    models = [write_model(tmp_path / str(seed), seed) for seed in (1, 2)]
    write_mean_model(models, "2.0", tmp_path / "mean")
    assert [path.name for path in (tmp_path / "mean").glob("*.safetensors")] == ["tiny.safetensors"]


def test_stages_with_weights_of_their_own_get_means_of_their_own(tmp_path: Path) -> None:
    models = [write_model(tmp_path / str(seed), seed, files=("coarse", "fine")) for seed in (1, 2)]
    card = write_mean_model(models, "2.0", tmp_path / "mean")
    names = sorted(path.name for path in (tmp_path / "mean").glob("*.safetensors"))
    assert names == ["tiny-fine.safetensors", "tiny.safetensors"]
    coarse, fine = (weights_of(card, stage)["convInit.1.conv.weight"] for stage in ("coarse", "fine"))
    assert not torch.equal(coarse, fine)


def test_the_card_says_whose_mean_it_is_and_claims_nothing_that_was_measured_of_others(tmp_path: Path) -> None:
    models = [write_model(tmp_path / str(seed), seed) for seed in (1, 2)]
    content = json.loads(write_mean_model(models, "2.0", tmp_path / "mean").read_text(encoding="utf-8"))
    stages = [json.loads(model.read_text(encoding="utf-8"))["stages"]["fine"] for model in models]
    parts = content["stages"]["fine"]["trained"]["mean_of"]
    assert [part["sha256"] for part in parts] == [stage["sha256"] for stage in stages]
    assert [part["trained"] for part in parts] == [stage["trained"] for stage in stages]
    assert [part["version"] for part in content["about"]["mean_of"]] == ["1.1", "1.2"]
    assert "calibration" not in content["stages"]["fine"]
    assert set(content["about"]) == {"limits", "sources", "mean_of"}
    assert content["about"]["sources"] == [SOURCE]


def test_networks_of_different_sizes_are_refused_in_one_sentence(tmp_path: Path) -> None:
    models = [write_model(tmp_path / "narrow", 1), write_model(tmp_path / "wide", 2, filters=16)]
    with pytest.raises(UsageError, match=r"wide.*narrow.* differ in network of the stage coarse\."):
        write_mean_model(models, "2.0", tmp_path / "mean")
    assert not (tmp_path / "mean").exists()


def test_models_for_different_spacings_are_refused(tmp_path: Path) -> None:
    models = [write_model(tmp_path / str(seed), seed) for seed in (1, 2)]
    models[1].write_text(models[1].read_text(encoding="utf-8").replace("[2.0, 2.0, 2.0]", "[1.5, 1.5, 1.5]"))
    with pytest.raises(UsageError, match="differ in spacing_mm of the stage fine"):
        write_mean_model(models, "2.0", tmp_path / "mean")


def test_models_with_different_stages_are_refused(tmp_path: Path) -> None:
    models = [write_model(tmp_path / str(seed), seed) for seed in (1, 2)]
    content = json.loads(models[1].read_text(encoding="utf-8"))
    del content["stages"]["fine"]
    models[1].write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(UsageError, match=r"has the stages coarse, .* has coarse, fine"):
        write_mean_model(models, "2.0", tmp_path / "mean")


def test_a_mean_of_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least two models"):
        write_mean_model([write_model(tmp_path / "only", 1)], "2.0", tmp_path / "mean")


def test_a_model_is_never_written_over_by_its_mean(tmp_path: Path) -> None:
    models = [write_model(tmp_path / str(seed), seed) for seed in (1, 2)]
    before = models[0].read_bytes()
    with pytest.raises(UsageError, match="would be written over"):
        write_mean_model(models, "2.0", tmp_path / "1")
    assert models[0].read_bytes() == before


def test_the_command_writes_the_mean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = [str(write_model(tmp_path / str(seed), seed)) for seed in (1, 2)]
    arguments = ["weight_mean", "--models", *models, "--output", str(tmp_path / "mean"), "--version", "2.0"]
    monkeypatch.setattr(sys, "argv", arguments)
    main()
    assert json.loads((tmp_path / "mean" / "tiny.json").read_text(encoding="utf-8"))["version"] == "2.0"
