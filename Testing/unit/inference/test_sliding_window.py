"""Tiled prediction equals what the network says voxel by voxel."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from LightMSegmentationLib.errors import CancelledError
from LightMSegmentationLib.inference.model import LoadedStage
from LightMSegmentationLib.inference.model_card import NetworkPlan, StagePlan
from LightMSegmentationLib.inference.sliding_window import predict_logits

PLAN = StagePlan(NetworkPlan(3, 1, 3, 8, (1,), ()), (3.0, 3.0, 3.0), (-40.0, 160.0), (8, 16, 16), 0.5, "", "")


def unheard(_done: int, _total: int) -> None:
    """Take a report and do nothing."""


class VoxelwiseNetwork(torch.nn.Module):
    """Logits that depend on the voxel alone: 0, x, -x."""

    size_multiple = 8

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.cat([torch.zeros_like(image), image, -image], dim=1)


@pytest.fixture
def a_voxelwise_stage() -> LoadedStage:
    return LoadedStage(PLAN, VoxelwiseNetwork())


@pytest.mark.parametrize("shape", [(8, 16, 16), (5, 7, 9), (20, 33, 41), (1, 1, 1)])
def test_merged_tiles_give_the_networks_own_logits(a_voxelwise_stage: LoadedStage, shape: tuple) -> None:
    image = torch.rand(shape, generator=torch.Generator().manual_seed(0)) * 2 - 1
    logits = predict_logits(a_voxelwise_stage, image[None], torch.device("cpu"), unheard)
    expected = torch.stack([torch.zeros_like(image), image, -image])
    assert torch.allclose(logits, expected, atol=1e-6)


def test_reports_every_tile_from_none_to_all(a_voxelwise_stage: LoadedStage) -> None:
    reports = []
    image = torch.zeros(1, 16, 16, 16)
    predict_logits(a_voxelwise_stage, image, torch.device("cpu"), lambda *report: reports.append(report))
    assert reports == [(done, 3) for done in range(4)]


def test_stops_between_tiles_when_the_report_raises(a_voxelwise_stage: LoadedStage) -> None:
    reports = []

    def stop_after_the_first_tile(done: int, _total: int) -> None:
        reports.append(done)
        if done == 1:
            raise CancelledError

    with pytest.raises(CancelledError):
        predict_logits(a_voxelwise_stage, torch.zeros(1, 16, 16, 16), torch.device("cpu"), stop_after_the_first_tile)
    assert reports == [0, 1]


def test_a_small_image_is_not_padded_to_the_whole_patch() -> None:
    shapes = []

    class RecordingNetwork(VoxelwiseNetwork):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            shapes.append(tuple(image.shape[2:]))
            return super().forward(image)

    stage = LoadedStage(replace(PLAN, patch=(64, 64, 64)), RecordingNetwork())
    predict_logits(stage, torch.zeros(1, 5, 17, 30), torch.device("cpu"), unheard)
    assert shapes == [(8, 24, 32)]


def test_what_a_small_image_is_padded_with_is_air_and_for_other_inputs_their_last_value() -> None:
    seen = []

    class RecordingNetwork(VoxelwiseNetwork):
        def forward(self, image: torch.Tensor) -> torch.Tensor:
            seen.append(image)
            return super().forward(image[:, :1])

    image = torch.stack([torch.zeros(8, 8, 6), torch.arange(6.0).expand(8, 8, 6)])
    predict_logits(LoadedStage(PLAN, RecordingNetwork()), image, torch.device("cpu"), unheard)
    assert seen[0][0, 0, 0, 0].tolist() == [0.0] * 6 + [-1.0] * 2
    assert seen[0][0, 1, 0, 0].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0]
