"""A 3x3x3 depthwise convolution whose gradients are fast on a CPU.

torch's forward convolution of channels-last features is fast, its backward one takes twenty times as long. The
gradient of the input is a forward convolution with the mirrored weight; the gradient of the weight is compiled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from LightMSegmentationLib.network import depthwise_conv_kernel
from LightMSegmentationLib.network.lane_jobs import lane_jobs, summed_by_channel
from LightMSegmentationLib.network.selective_scan.memory import rows_of
from LightMSegmentationLib.network.selective_scan.simd import LANES
from LightMSegmentationLib.network.selective_scan.threads import run_all

if TYPE_CHECKING:
    from torch import Tensor

TAPS = 27
SLICES_PER_JOB = 8


def fits(features: Tensor, weight: Tensor) -> bool:
    """Tell whether the kernel can take the input: float32 on the CPU, whole vectors of channels, 3x3x3 taps."""
    return (
        features.device.type == "cpu"
        and features.dtype == weight.dtype == torch.float32
        and features.shape[1] % LANES == 0
        and weight.shape[1:] == (1, 3, 3, 3)
    )


class DepthwiseConv(torch.autograd.Function):
    """Joins the convolution to autograd: features (batch, channels, k, j, i), weight (channels, 1, 3, 3, 3).

    In mixed precision it computes in float32, both ways: the kernel knows no other type.
    """

    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)
    def forward(ctx: Any, features: Tensor, weight: Tensor) -> Tensor:
        """Return the convolved features, of the same shape."""
        ctx.save_for_backward(features, weight)
        return functional.conv3d(features, weight, padding=1, groups=features.shape[1])

    @staticmethod
    @torch.amp.custom_bwd(device_type="cpu")
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor]:
        """Return the gradients of features and weight."""
        features, weight = ctx.saved_tensors
        dy = dy.contiguous(memory_format=torch.channels_last_3d)
        mirrored = weight.flip(2, 3, 4)
        return functional.conv3d(dy, mirrored, padding=1, groups=dy.shape[1]), _weight_gradient(features, dy)


def _weight_gradient(features: Tensor, dy: Tensor) -> Tensor:
    batch, channels, slices, rows, columns = dy.shape
    padded = functional.pad(features.movedim(1, -1), (0, 0, 1, 1, 1, 1, 1, 1)).contiguous()
    jobs = lane_jobs(batch, channels, slices, SLICES_PER_JOB)
    sums = torch.empty(len(jobs), TAPS, LANES)
    inputs = [rows_of(sample.reshape(-1, columns + 2, channels)) for sample in padded]
    upstream = [rows_of(sample.reshape(-1, columns, channels)) for sample in dy.movedim(1, -1)]
    target = rows_of(sums)

    def differentiate(job: int, b: int, c: int, start: int, stop: int) -> None:
        depthwise_conv_kernel.differentiate_weight(inputs[b], upstream[b], c, start, stop, rows, columns, target, job)

    run_all(differentiate, [(number, *job) for number, job in enumerate(jobs)])
    return summed_by_channel(jobs, sums, channels).t().reshape(channels, 1, 3, 3, 3)
