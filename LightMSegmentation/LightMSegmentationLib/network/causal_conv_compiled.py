"""The causal convolution on a CPU, compiled by numba, with gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from LightMSegmentationLib.network import causal_conv_kernel
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
        ctx.save_for_backward(x, weight, bias)
        y = torch.empty(x.shape)
        arrays = x.detach().numpy(), _rows_of(weight), bias.detach().numpy()

        def convolve(b: int, c: int, start: int, stop: int) -> None:
            causal_conv_kernel.convolve(*arrays, b, c, start, stop, y.numpy())

        run_all(convolve, _jobs(x))
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the gradients of x, weight and bias."""
        x, weight, bias = ctx.saved_tensors
        arrays = x.detach().numpy(), _rows_of(weight), bias.detach().numpy(), dy.contiguous().numpy()
        dx = torch.empty(x.shape)
        jobs = _jobs(x)
        sums = np.zeros((len(jobs), WIDTH + 1, LANES), np.float32)

        def differentiate(number: int, b: int, c: int, start: int, stop: int) -> None:
            causal_conv_kernel.gradients(*arrays, b, c, start, stop, dx.numpy(), sums[number])

        run_all(differentiate, [(number, *job) for number, job in enumerate(jobs)])
        totals = np.zeros((WIDTH + 1, x.shape[2]))
        for (_, channel, _, _), part in zip(jobs, sums, strict=True):
            totals[:, channel : channel + LANES] += part
        totals = torch.from_numpy(totals.astype(np.float32))
        return dx, totals[:WIDTH].t().contiguous(), totals[WIDTH]


def _rows_of(weight: Tensor) -> np.ndarray:
    return weight.detach().t().contiguous().numpy()


def _jobs(x: Tensor) -> list[tuple[int, int, int, int]]:
    batch, length, channels = x.shape
    return [
        (b, c, start, min(start + ROWS_PER_JOB, length))
        for b in range(batch)
        for c in range(0, channels, LANES)
        for start in range(0, length, ROWS_PER_JOB)
    ]
