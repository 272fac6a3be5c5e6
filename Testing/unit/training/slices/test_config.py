"""The shipped configurations are those of the papers; a wrong one is refused with a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from LightMSegmentationLib.errors import ModelError, UsageError
from LightMSegmentationLib.training.slices.config import is_slice_config, load_slice_config
from LightMSegmentationLib.training.slices.run import build_slice_network

from Testing.unit.training.slices.conftest import CONFIGS, TINY, WriteConfig

PAPER_PARAMETERS = {"skin-vm-unet": 27_427_561, "organs-vm-unet": 27_427_761}


@pytest.mark.parametrize("name", sorted(TINY))
def test_a_shipped_configuration_builds_a_network_that_takes_its_pictures(name: str) -> None:
    config = load_slice_config(CONFIGS / f"{name}.json")
    with torch.device("meta"):
        network = build_slice_network(config, None)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count == PAPER_PARAMETERS.get(name, count)
    assert len(config.plan.labels) == max(config.outputs, 2)


def test_configurations_of_both_kinds_are_told_apart(tmp_path: Path) -> None:
    assert is_slice_config(CONFIGS / "skin-vm-unet.json")
    assert not is_slice_config(CONFIGS / "coarse.json")
    assert not is_slice_config(tmp_path / "gone.json")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"vm_unet": None}, "one of vm_unet and lightm_unet"),
        ({"outputs": 4}, "outputs must be"),
        ({"spelling": 1}, "unknown spelling"),
        ({"schedule": {"kind": "linear"}}, "schedule must be one of cosine, polynomial"),
    ],
)
def test_a_wrong_configuration_is_refused(change: dict, sentence: str, write_config: WriteConfig) -> None:
    path = write_config()
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(UsageError, match=sentence):
        load_slice_config(path)


def test_a_size_that_the_network_cannot_halve_is_refused(write_config: WriteConfig) -> None:
    path = write_config()
    content = json.loads(path.read_text())
    content["input"]["size"] = [30, 30]
    path.write_text(json.dumps(content))
    with pytest.raises(UsageError, match="multiples of 8"):
        build_slice_network(load_slice_config(path), None)


def test_vm_unet_starts_from_a_classifier_of_images(write_config: WriteConfig, tmp_path: Path) -> None:
    config = load_slice_config(write_config())
    donor = build_slice_network(config, None).state_dict()
    trunk = {name.removeprefix("vmunet."): value + 1.0 for name, value in donor.items() if ".layers." in name}
    torch.save({"model": trunk}, tmp_path / "vmamba.pth")

    network = build_slice_network(config, tmp_path / "vmamba.pth")

    taken = network.state_dict()
    assert all(torch.equal(taken[f"vmunet.{name}"], value) for name, value in trunk.items())
    torch.save({"model": {"head.weight": torch.zeros(3)}}, tmp_path / "other.pth")
    with pytest.raises(ModelError, match="nothing that VM-UNet could start from"):
        build_slice_network(config, tmp_path / "other.pth")
