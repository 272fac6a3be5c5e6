"""Random inputs for the scan as a trained network has them, and how results are compared."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor


def scan_inputs(
    batch: int, length: int, channels: int, states: int, *, gated: bool = True, seed: int = 0
) -> list[Tensor | None]:
    """Inputs in float32 with steps log-uniform in 1e-3..1e-1, one in fifty about 5, and rates around -(1..states)."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator)

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator)

    rows = (batch, length, channels)
    step = torch.exp(uniform(*rows) * math.log(100.0) + math.log(1e-3))
    step = torch.where(uniform(*rows) < 0.02, 4.0 + 2.0 * uniform(*rows), step)
    bias = 0.5 * normal(channels) - 4.0
    delta = step + torch.log(-torch.expm1(-step)) - bias
    rates = -torch.arange(1.0, states + 1.0).repeat(channels, 1) * torch.exp(0.3 * normal(channels, states))
    u, z = normal(*rows), normal(*rows)
    B, C = normal(batch, length, states), normal(batch, length, states)
    return [u, delta, rates, B, C, normal(channels), z if gated else None, bias]


def inputs_with_own_parameters(
    batch: int, length: int, channels: int, states: int, *, gated: bool
) -> list[Tensor | None]:
    """Random inputs whose parameters differ from sample to sample."""
    samples = [scan_inputs(1, length, channels, states, gated=gated, seed=seed) for seed in range(batch)]
    u, delta, A, B, C, D, z, bias = zip(*samples, strict=True)
    joined = [torch.cat(x) if x[0] is not None else None for x in (u, delta, B, C, z)]
    return [joined[0], joined[1], torch.stack(A), joined[2], joined[3], torch.stack(D), joined[4], torch.stack(bias)]


def value_and_gradients(
    scan: Callable[..., Tensor], inputs: list[Tensor | None], dtype: torch.dtype
) -> tuple[Tensor, list[Tensor]]:
    """The output and the gradient for every input, for a fixed random gradient of the output."""
    leaves = [None if x is None else x.to(dtype).requires_grad_() for x in inputs]
    y = scan(*leaves)
    dy = torch.randn(y.shape, generator=torch.Generator().manual_seed(7)).to(dtype)
    return y.detach(), list(torch.autograd.grad(y, [x for x in leaves if x is not None], dy))


def relative_error(result: Tensor, truth: Tensor) -> float:
    """max|result - truth| / max|truth|; zero where both are zero everywhere."""
    error = (result.double() - truth.double()).abs().max()
    return float(error / truth.abs().max()) if error > 0 else 0.0
