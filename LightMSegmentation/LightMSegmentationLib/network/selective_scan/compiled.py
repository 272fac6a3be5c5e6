"""The scan on a CPU, compiled by numba: sixteen channels to a vector, all cores, with gradients."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from LightMSegmentationLib.network.recorded import is_recorded
from LightMSegmentationLib.network.selective_scan.compiled_passes import (
    STATES_AT_ONCE,
    Problem,
    differentiate,
    run_forward,
)
from LightMSegmentationLib.network.selective_scan.simd import LANES


def scan_compiled(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, z: Tensor | None, delta_bias: Tensor
) -> Tensor:
    """Run :func:`selective_scan` in float32 on the CPU."""
    channels = u.shape[2]
    missing = -channels % LANES
    if missing:
        u, delta, D, delta_bias = (functional.pad(x, (0, missing)) for x in (u, delta, D, delta_bias))
        z = None if z is None else functional.pad(z, (0, missing))
        A = functional.pad(A, (0, 0, 0, missing))
    if A.shape[-1] % STATES_AT_ONCE:
        A, B, C = (functional.pad(x, (0, 1)) for x in (A, B, C))
    inputs = u, delta, A, B, C, D, z, delta_bias
    y = _CompiledScan.apply(is_recorded(*inputs), *inputs)
    return y[..., :channels] if missing else y


class _CompiledScan(torch.autograd.Function):
    """Joins the kernels to autograd; the number of channels is a multiple of the lanes."""

    @staticmethod
    def forward(ctx: Any, keep: bool, *inputs: Any) -> Tensor:
        problem = Problem.of(*inputs)
        y, checkpoints = run_forward(problem, keep=keep)
        if checkpoints is not None:
            ctx.save_for_backward(*inputs, checkpoints)
        return y

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, ...]:
        *inputs, checkpoints = ctx.saved_tensors
        return None, *differentiate(Problem.of(*inputs), checkpoints, dy)
