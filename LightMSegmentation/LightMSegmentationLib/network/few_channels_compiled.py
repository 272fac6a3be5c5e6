"""A 3x3x3 depthwise convolution of few channels on a CPU, as at the network's entrance, compiled by numba.

torch's copies every voxel 27 times before it multiplies, 226 MB for 128 x 128 x 128, and keeps to one thread.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from LightMSegmentationLib.network import few_channels_kernel
from LightMSegmentationLib.network.recorded import is_recorded
from LightMSegmentationLib.network.selective_scan.memory import rows_of
from LightMSegmentationLib.network.selective_scan.simd import LANES
from LightMSegmentationLib.network.selective_scan.threads import run_all

SLICES_PER_JOB = 8


def fits(features: Tensor, weight: Tensor) -> bool:
    """Tell whether the kernel is right for the input: no gradients, float32, 3x3x3 taps, not whole vectors of channels.

    Of whole vectors of channels torch's convolution is fast.
    """
    return (
        features.dtype == weight.dtype == torch.float32
        and weight.shape[1:] == (1, 3, 3, 3)
        and features.shape[1] == weight.shape[0]
        and features.shape[1] % LANES > 0
        and not is_recorded(features, weight)
    )


def convolve(features: Tensor, weight: Tensor) -> Tensor:
    """Return features (batch, channels, k, j, i) convolved with weight (channels, 1, 3, 3, 3), of the same shape."""
    batch, channels, slices, rows, columns = features.shape
    missing = -columns % LANES
    padded = functional.pad(features, (1, 1 + missing, 1, 1, 1, 1)).contiguous()
    taps = weight.flatten(1).contiguous()
    result = torch.empty(batch, channels, slices, rows, columns + missing)
    inputs, targets = padded.flatten(0, 1), result.flatten(0, 1)

    def run(image: int, start: int, stop: int) -> None:
        few_channels_kernel.convolve(
            rows_of(inputs[image]), rows_of(taps[image % channels]), start, stop, rows, columns + missing,
            rows_of(targets[image]),
        )  # fmt: skip

    pieces = [(start, min(start + SLICES_PER_JOB, slices)) for start in range(0, slices, SLICES_PER_JOB)]
    run_all(run, [(image, *piece) for image in range(batch * channels) for piece in pieces])
    return result[..., :columns].contiguous()
