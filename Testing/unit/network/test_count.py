"""Counts leave nothing out."""

from __future__ import annotations

import pytest
from LightMSegmentationLib.network.count import Count, count
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from LightMSegmentationLib.network.vm_unet import VMUNet


@pytest.mark.parametrize(("init_filters", "billions"), [(32, 194.8), (16, 65.2)])
def test_operations_at_128_cubed_are_the_documented_ones(init_filters: int, billions: float) -> None:
    counted = count(LightMUNet(init_filters=init_filters), 1, (128, 128, 128))
    assert round(counted.macs / 1e9, 1) == billions


def test_the_light_network_is_within_the_papers_light_claim() -> None:
    counted = count(LightMUNet(init_filters=16), 1, (128, 128, 128))
    assert counted.parameters == 1_344_966
    assert counted.parameters <= 1_870_000
    assert counted.gflop <= 457.62


def test_a_single_scan_counts_four_operations_a_state() -> None:
    one_block = LightMUNet(init_filters=8, blocks_down=(1, 0), blocks_up=(0,))
    two_blocks = LightMUNet(init_filters=8, blocks_down=(2, 0), blocks_up=(0,))
    tokens, channels, inner, rank, states = 8**3, 8, 16, 1, 16
    linear = channels * 2 * inner + inner * (rank + 2 * states) + inner * channels + channels * channels
    inside = inner * (rank + 4 + 4 * states)
    added = count(two_blocks, 1, (8, 8, 8)).macs - count(one_block, 1, (8, 8, 8)).macs
    assert added == 2 * tokens * (linear + inside)


def test_a_visual_block_counts_the_scans_of_all_directions() -> None:
    settings = {"dims": (16, 32), "depths_decoder": (1, 1), "scan_backend": "reference"}
    one, two = (VMUNet(out_channels=2, depths=(depth, 1), **settings) for depth in (1, 2))
    tokens, channels, inner, rank, states = 8**2, 16, 32, 1, 16
    linear = channels * 2 * inner + 4 * inner * (2 * rank + 2 * states) + inner * channels
    inside = 9 * inner + 4 * 4 * inner * states
    added = count(two, 3, (32, 32), 8).macs - count(one, 3, (32, 32), 8).macs
    assert added == tokens * (linear + inside)


def test_operations_grow_linearly_with_voxels() -> None:
    network = LightMUNet(init_filters=8)
    assert count(network, 1, (16, 8, 24)).macs == 6 * count(network, 1, (8, 8, 8)).macs


def test_counts_two_dimensional_networks() -> None:
    counted = count(LightMUNet(2, out_channels=2, init_filters=8), 1, (32, 32))
    assert counted.size == (32, 32)
    assert counted.macs > 0


def test_names_a_size_that_is_no_multiple_of_eight() -> None:
    with pytest.raises(ValueError, match=r"multiple of 8, got \(100, 8, 8\)"):
        count(LightMUNet(init_filters=8), 1, (100, 8, 8))


def test_two_operations_are_one_multiply_accumulate() -> None:
    assert Count(parameters=1, macs=500_000_000, size=(8, 8, 8)).gflop == 1.0
