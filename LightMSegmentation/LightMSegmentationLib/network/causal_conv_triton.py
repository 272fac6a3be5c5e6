"""The causal convolution on a GPU by kernels in Triton, with gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from LightMSegmentationLib.network import causal_conv_triton_kernel as kernel
from LightMSegmentationLib.network.selective_scan.triton_scan import strided, touching

if TYPE_CHECKING:
    from torch import Tensor

TILE = {"TILE": 32, "WIDTH": 64, "num_warps": 4, "enable_fp_fusion": True}
# The gradient computes four rows for each one; half as many elements in a lane keep that in registers.
GRADIENT_TILE = {**TILE, "num_warps": 8}
TILES_PER_PROGRAM = 8


def _programs(x: Tensor, tiles: int) -> tuple[int, int, int]:
    batch, length, channels = x.shape
    return -(-length // (TILE["TILE"] * tiles)), -(-channels // TILE["WIDTH"]), batch


class CausalConvSilu(torch.autograd.Function):
    """Joins the kernels to autograd: x (batch, length, channels), weight (channels, taps), bias (channels,)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Return SiLU of the convolution, in the type of x."""
        x, taps = touching(x), weight.float().t().contiguous()
        ctx.save_for_backward(x, taps, bias)
        y = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        with torch.cuda.device_of(x):
            kernel.convolve[_programs(x, 1)](
                *strided(x), taps, bias.float(), y, x.shape[1], x.shape[2], TAPS=len(taps), **TILE
            )
        return y

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the gradients of x, weight and bias."""
        x, taps, bias = ctx.saved_tensors
        dx = torch.empty(x.shape, dtype=x.dtype, device=x.device)
        grid = _programs(x, TILES_PER_PROGRAM)
        sums = torch.empty(x.shape[0], grid[0], len(taps) + 1, x.shape[2], dtype=torch.float32, device=x.device)
        with torch.cuda.device_of(x):
            kernel.differentiate[grid](
                *strided(x), taps, bias.float(), *strided(touching(dy)), dx, sums, x.shape[1], x.shape[2],
                TILES_PER_PROGRAM, TAPS=len(taps), **GRADIENT_TILE,
            )  # fmt: skip
        totals = sums.sum((0, 1))
        return dx, totals[:-1].t(), totals[-1]
