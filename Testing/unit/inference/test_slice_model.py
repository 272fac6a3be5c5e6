"""Networks for images see CT slices and photographs as their authors showed them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from LightMSegmentationLib.errors import ModelError, UnusableInputError
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.slice_model import SliceModel, load_slice_model
from LightMSegmentationLib.inference.slice_plan import SlicePlan, parse_slice_plan
from LightMSegmentationLib.network.weights import sha256_of
from safetensors.torch import save_file

from Testing.data.checkpoints import VM_UNET, lightm_unet, vm_unet

CT = SlicePlan("ct", "vm-unet", {"in_channels": 3, "out_channels": 3, **VM_UNET}, (32, 32), 3, (-100.0, 300.0),
               (0.0, 1.0), 0, {"background": 0, "liver": 1, "tumor": 2}, "m.safetensors", "")  # fmt: skip
PHOTO = replace(CT, source="photo", order=1, window=None, scaled_to=(0.0, 255.0), size=(16, 24))


class Sees(torch.nn.Module):
    """A network that keeps what it sees, and answers with logits that grow with the first channel."""

    def __init__(self, classes: int, in_channels: int = 3) -> None:
        super().__init__()
        self.unused = torch.nn.Parameter(torch.zeros(1))
        self.classes, self.in_channels, self.seen = classes, in_channels, []

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        self.seen.append(batch)
        first = batch[:, :1] - batch.amin()
        return torch.cat([first * value for value in range(1, self.classes + 1)], dim=1) - 0.5


def model_of(plan: SlicePlan, classes: int = 3) -> tuple[SliceModel, Sees]:
    network = Sees(classes)
    return SliceModel(plan, network), network


def ct_volume(slices: int = 11, rows: int = 32, columns: int = 32, direction: tuple | None = None) -> Volume:
    hu = np.random.default_rng(0).integers(-500, 500, (slices, rows, columns)).astype(np.int16)
    hu[:, 0, 0] = np.arange(slices) * 10
    directions = direction or (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    return Volume(hu, Grid((columns, rows, slices), (1.0, 1.0, 5.0), (0.0, 0.0, 0.0), directions))


def test_slices_go_in_batches_windowed_and_repeated_to_colors() -> None:
    model, network = model_of(CT)
    volume = ct_volume()

    labels = model.labels_of(volume, lambda _done, _total: None)

    assert [len(batch) for batch in network.seen] == [8, 3]
    assert labels.shape == volume.array.shape
    seen = torch.cat(network.seen)
    expected = (volume.array.clip(-100, 300) + 100.0) / 400.0
    assert torch.equal(seen[:, 0], seen[:, 2])
    assert np.allclose(seen[:, 0].numpy(), expected, atol=1e-6)


def test_neighbors_are_the_slices_below_and_above_and_the_ends_are_repeated() -> None:
    model, network = model_of(replace(CT, neighbors=1))
    model.labels_of(ct_volume(), lambda _done, _total: None)
    seen = torch.cat(network.seen)
    assert torch.equal(seen[3, 0], seen[2, 1])
    assert torch.equal(seen[3, 2], seen[4, 1])
    assert torch.equal(seen[0, 0], seen[0, 1])
    assert torch.equal(seen[-1, 2], seen[-1, 1])


def test_a_scan_stored_the_other_way_round_is_seen_and_labeled_alike() -> None:
    model, _ = model_of(CT)
    volume = ct_volume()
    flipped = Volume(volume.array[:, ::-1, ::-1], ct_volume(direction=(-1.0, 0, 0, 0, -1.0, 0, 0, 0, 1.0)).grid)
    labels, turned = (model.labels_of(one, lambda _d, _t: None) for one in (volume, flipped))
    assert np.array_equal(turned[:, ::-1, ::-1], labels)


def test_progress_counts_slices_and_may_stop() -> None:
    model, _ = model_of(CT)
    told: list[tuple[int, int]] = []
    model.labels_of(ct_volume(), lambda done, total: told.append((done, total)))
    assert told == [(0, 11), (8, 11), (11, 11)]


def test_a_photograph_fills_the_range_at_the_size_of_the_network() -> None:
    model, network = model_of(PHOTO)
    pixels = np.random.default_rng(0).integers(20, 220, (40, 50, 3)).astype(np.uint8)

    labels = model.labels_of_photo(pixels)

    assert network.seen[0].shape == (1, 3, 16, 24)
    assert 0.0 <= float(network.seen[0].min()) < float(network.seen[0].max()) <= 255.0
    assert labels.shape == (40, 50)
    assert labels.dtype == np.uint8


def test_a_single_output_tells_foreground_above_zero() -> None:
    network = Sees(1)
    model = SliceModel(replace(PHOTO, labels={"background": 0, "lesion": 1}), network)
    pixels = np.zeros((16, 24, 3), dtype=np.uint8)
    pixels[:, 12:] = 255
    assert np.array_equal(model.labels_of_photo(pixels)[:, [0, -1]], np.tile([0, 1], (16, 1)))


def test_a_model_is_kept_from_what_it_was_not_made_for() -> None:
    with pytest.raises(UnusableInputError, match="made for photographs"):
        model_of(PHOTO)[0].labels_of(ct_volume(), lambda _d, _t: None)
    with pytest.raises(UnusableInputError, match="made for CT"):
        model_of(CT)[0].labels_of_photo(np.zeros((4, 4, 3), dtype=np.uint8))


@pytest.mark.parametrize("architecture", ["vm-unet", "lightm-unet"])
def test_networks_of_both_papers_are_loaded_and_segment(tmp_path: Path, architecture: str) -> None:
    network = vm_unet(3) if architecture == "vm-unet" else lightm_unet(2, 3)
    arguments = {"in_channels": 3, "out_channels": 3, **VM_UNET}
    if architecture == "lightm-unet":
        arguments = {"spatial_dims": 2, "in_channels": 1, "out_channels": 3, "init_filters": 8,
                     "blocks_down": (1, 1, 1), "blocks_up": (1, 1)}  # fmt: skip
    save_file(network.state_dict(), tmp_path / "m.safetensors")
    plan = replace(CT, architecture=architecture, network=arguments, sha256=sha256_of(tmp_path / "m.safetensors"))
    model = load_slice_model(
        parse_slice_plan(json.loads(json.dumps(plan.entry))), tmp_path, torch.device("cpu"), "auto"
    )
    labels = model.labels_of(ct_volume(3, 40, 48), lambda _d, _t: None)
    assert labels.shape == (3, 40, 48)
    assert set(np.unique(labels)) <= {0, 1, 2}
    with pytest.raises(ModelError, match="multiples of"):
        load_slice_model(replace(plan, size=(30, 30)), tmp_path, torch.device("cpu"), "auto")


@pytest.mark.parametrize("change", [{"window": None}, {"source": "film"}])
def test_a_plan_that_makes_no_sense_is_refused(change: dict) -> None:
    with pytest.raises(ValueError, match="source ct, with a window, or photo"):
        parse_slice_plan({**CT.entry, **change})
