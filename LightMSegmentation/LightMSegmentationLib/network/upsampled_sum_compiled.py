"""Trilinear interpolation to twice the size and the sum in one pass on a CPU, compiled by numba.

torch keeps to one thread for the interpolation of a single sample, and writes it to memory for the sum to read.
"""

from __future__ import annotations

import torch
from torch import Tensor

from LightMSegmentationLib.network import upsampled_sum_kernel
from LightMSegmentationLib.network.recorded import is_recorded
from LightMSegmentationLib.network.selective_scan.memory import rows_of
from LightMSegmentationLib.network.selective_scan.simd import LANES
from LightMSegmentationLib.network.selective_scan.threads import run_all

_VOLUME_AXES = 5
SLICES_PER_JOB = 4


def fits(features: Tensor, skip: Tensor) -> bool:
    """Tell whether the kernel can take the input: no gradients, float32, volumes, whole vectors of channels."""
    return (
        features.dim() == _VOLUME_AXES
        and features.dtype == skip.dtype == torch.float32
        and features.shape[1] % LANES == 0
        and not is_recorded(features, skip)
    )


def upsampled_sum(features: Tensor, skip: Tensor) -> Tensor:
    """Return ``skip`` (batch, channels, 2 k, 2 j, 2 i) plus the interpolated features (batch, channels, k, j, i)."""
    small, large = (tensor.movedim(1, -1).contiguous() for tensor in (features, skip))
    out = torch.empty(large.shape)
    size, slices = tuple(features.shape[2:]), skip.shape[2]
    # Lines of voxels, (lines, voxels, channels).
    given, added, sums = (tensor.flatten(1, 2) for tensor in (small, large, out))

    def run(sample: int, start: int, stop: int) -> None:
        upsampled_sum_kernel.add_interpolated(
            rows_of(given[sample]), rows_of(added[sample]), *size, features.shape[1], start, stop, rows_of(sums[sample])
        )

    pieces = [(start, min(start + SLICES_PER_JOB, slices)) for start in range(0, slices, SLICES_PER_JOB)]
    run_all(run, [(sample, *piece) for sample in range(len(out)) for piece in pieces])
    return out.movedim(-1, 1)
