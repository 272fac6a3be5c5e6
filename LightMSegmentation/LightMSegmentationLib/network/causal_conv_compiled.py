"""The causal convolution on a CPU, compiled by numba, with gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from LightMSegmentationLib.network import causal_conv_kernel
from LightMSegmentationLib.network.lane_jobs import lane_jobs, summed_by_channel
from LightMSegmentationLib.network.selective_scan.memory import rows_of
from LightMSegmentationLib.network.selective_scan.simd import LANES
from LightMSegmentationLib.network.selective_scan.threads import run_all

if TYPE_CHECKING:
    from torch import Tensor

ROWS_PER_JOB = 16_384
WIDTH = 4


def fits(x: Tensor, weight: Tensor) -> bool:
    """Tell whether the kernels can take the input: float32 on the CPU, whole vectors of channels, width 4."""
    return (
        x.device.type == "cpu"
        and x.dtype == weight.dtype == torch.float32
        and x.shape[2] % LANES == 0
        and weight.shape[1] == WIDTH
        and x.stride(2) == 1
    )


class CausalConvSilu(torch.autograd.Function):
    """Joins the kernels to autograd: x (batch, length, channels), weight (channels, 4), bias (channels,)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Return SiLU of the convolution."""
        taps = weight.t().contiguous()
        ctx.save_for_backward(x, taps, bias)
        y = torch.empty(x.shape)
        rows = rows_of(x), rows_of(taps), rows_of(bias)
        out = rows_of(y)

        def convolve(b: int, c: int, start: int, stop: int) -> None:
            causal_conv_kernel.convolve(*rows, b, c, start, stop, out)

        run_all(convolve, lane_jobs(x.shape[0], x.shape[2], x.shape[1], ROWS_PER_JOB))
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the gradients of x, weight and bias."""
        x, taps, bias = ctx.saved_tensors
        dy = dy.contiguous()
        dx = torch.empty(x.shape)
        jobs = lane_jobs(x.shape[0], x.shape[2], x.shape[1], ROWS_PER_JOB)
        sums = torch.empty(len(jobs), WIDTH + 1, LANES)
        rows = rows_of(x), rows_of(taps), rows_of(bias), rows_of(dy)
        out, length = (rows_of(dx), rows_of(sums)), x.shape[1]

        def differentiate(job: int, b: int, c: int, start: int, stop: int) -> None:
            causal_conv_kernel.differentiate(*rows, b, c, start, stop, length, *out, job)

        run_all(differentiate, [(number, *job) for number, job in enumerate(jobs)])
        totals = summed_by_channel(jobs, sums, x.shape[2])
        return dx, totals[:WIDTH].t(), totals[WIDTH]
