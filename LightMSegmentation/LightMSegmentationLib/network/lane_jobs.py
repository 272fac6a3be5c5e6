"""Dividing channels-last features into jobs: a sample, one vector of channels and a stretch of rows or slices each."""

from __future__ import annotations

import torch

from LightMSegmentationLib.network.selective_scan.simd import LANES

LaneJob = tuple[int, int, int, int]
"""Sample, first channel, start and stop of the stretch."""


def lane_jobs(batch: int, channels: int, extent: int, step: int) -> list[LaneJob]:
    """Return jobs that cover ``channels`` (whole vectors) and ``extent`` rows in stretches of at most ``step``."""
    return [
        (sample, channel, start, min(start + step, extent))
        for sample in range(batch)
        for channel in range(0, channels, LANES)
        for start in range(0, extent, step)
    ]


def summed_by_channel(jobs: list[LaneJob], sums: torch.Tensor, channels: int) -> torch.Tensor:
    """Add what each job summed, (jobs, values, 16), to (values, channels)."""
    totals = torch.zeros(sums.shape[1], channels)
    for (_, channel, _, _), part in zip(jobs, sums, strict=True):
        totals[:, channel : channel + LANES] += part
    return totals
