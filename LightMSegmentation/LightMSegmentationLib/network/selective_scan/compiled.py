"""The scan on a CPU, compiled by numba: sixteen channels to a vector, all cores, with gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from LightMSegmentationLib.network.selective_scan import backward_kernel, forward_kernel
from LightMSegmentationLib.network.selective_scan.simd import LANES
from LightMSegmentationLib.network.selective_scan.threads import run_all
from LightMSegmentationLib.network.selective_scan.vector_math import LOG2_E

INTERVAL = 32


@dataclass(frozen=True)
class _Inputs:
    """Numpy views of the tensors, channels padded to whole vectors."""

    u: np.ndarray
    delta: np.ndarray
    rates: np.ndarray
    B: np.ndarray
    C: np.ndarray
    D: np.ndarray
    z: np.ndarray
    delta_bias: np.ndarray
    gated: bool

    @classmethod
    def of(cls, u, delta, A, B, C, D, z, delta_bias) -> _Inputs:
        rates = (A.t() * float(LOG2_E)).contiguous()
        gate = u[:, :0] if z is None else z
        tensors = (u, delta, rates, B, C, D, gate, delta_bias)
        return cls(*(_array(tensor) for tensor in tensors), gated=z is not None)

    @property
    def batch(self) -> int:
        return self.u.shape[0]

    @property
    def length(self) -> int:
        return self.u.shape[1]

    @property
    def channels(self) -> int:
        return self.u.shape[2]

    @property
    def states(self) -> int:
        return self.rates.shape[0]


def _array(tensor: Tensor) -> np.ndarray:
    """View a tensor as numpy, copying only where neighbors of the last axis do not touch."""
    tensor = tensor.detach()
    return (tensor if tensor.stride(-1) == 1 else tensor.contiguous()).numpy()


def scan_compiled(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, z: Tensor | None, delta_bias: Tensor
) -> Tensor:
    """Run :func:`selective_scan` in float32 on the CPU."""
    channels = u.shape[2]
    missing = -channels % LANES
    if missing:
        u, delta = functional.pad(u, (0, missing)), functional.pad(delta, (0, missing))
        z = None if z is None else functional.pad(z, (0, missing))
        A, D, delta_bias = (
            functional.pad(A, (0, 0, 0, missing)),
            functional.pad(D, (0, missing)),
            functional.pad(delta_bias, (0, missing)),
        )
    y = _Scan.apply(u, delta, A, B, C, D, z, delta_bias)
    return y[..., :channels] if missing else y


class _Scan(torch.autograd.Function):
    """Joins the kernels to autograd; channels are a multiple of the lanes."""

    @staticmethod
    def forward(ctx, u, delta, A, B, C, D, z, delta_bias):
        inputs = _Inputs.of(u, delta, A, B, C, D, z, delta_bias)
        remember = any(ctx.needs_input_grad)
        intervals = -(-inputs.length // INTERVAL) if remember else 0
        checkpoints = np.empty((inputs.batch, intervals, inputs.states, inputs.channels), np.float32)
        y = torch.empty(u.shape, dtype=u.dtype)
        _scan_blocks(inputs, checkpoints, INTERVAL if remember else 0, y.numpy())
        if remember:
            ctx.save_for_backward(u, delta, A, B, C, D, z, delta_bias, torch.from_numpy(checkpoints))
        return y

    @staticmethod
    def backward(ctx, dy):
        *tensors, checkpoints = ctx.saved_tensors
        return _gradients(_Inputs.of(*tensors), checkpoints.numpy(), _array(dy))


def _blocks(inputs: _Inputs) -> list[tuple[int, int]]:
    return [(b, c) for b in range(inputs.batch) for c in range(0, inputs.channels, LANES)]


def _scan_blocks(i: _Inputs, checkpoints: np.ndarray, interval: int, y: np.ndarray) -> None:
    def run(b: int, c: int) -> None:
        state = np.zeros((i.states, LANES), np.float32)
        forward_kernel.scan(
            i.u, i.delta, i.rates, i.B, i.C, i.D, i.z, i.gated, i.delta_bias,
            b, c, 0, i.length, state, checkpoints, interval, y,
        )

    run_all(run, _blocks(i))


def _gradients(i: _Inputs, checkpoints: np.ndarray, dy: np.ndarray):
    du, ddelta = np.empty(i.u.shape, np.float32), np.empty(i.u.shape, np.float32)
    dz = np.empty(i.z.shape, np.float32)
    blocks = i.channels // LANES
    dA = np.zeros((i.batch, i.channels, i.states))
    dD, dbias = np.zeros((i.batch, i.channels)), np.zeros((i.batch, i.channels))
    dB = np.zeros((blocks, *i.B.shape), np.float32)
    dC = np.zeros((blocks, *i.C.shape), np.float32)

    def run(b: int, c: int) -> None:
        lanes = slice(c, c + LANES)
        history = np.empty((INTERVAL + 1, i.states, LANES), np.float32)
        decays = np.empty((INTERVAL, i.states, LANES), np.float32)
        rows = np.empty((3, INTERVAL, LANES), np.float32)
        adjoint = np.zeros((i.states, LANES), np.float32)
        for part in reversed(range(checkpoints.shape[1])):
            start, stop = part * INTERVAL, min((part + 1) * INTERVAL, i.length)
            history[0] = checkpoints[b, part, :, lanes]
            sums = np.zeros((i.states + 2, LANES), np.float32)
            backward_kernel.replay(
                i.u, i.delta, i.rates, i.B, i.C, i.D, i.z, i.gated, i.delta_bias, dy,
                b, c, start, stop, history, decays, rows, dz,
            )
            backward_kernel.backtrack(
                i.u, i.rates, i.B, i.C, i.D, b, c, start, stop, history, decays, rows, adjoint,
                du, ddelta, sums[:-2], dB[c // LANES], dC[c // LANES], sums[-2], sums[-1],
            )
            dA[b, lanes] += sums[:-2].T
            dD[b, lanes] += sums[-2]
            dbias[b, lanes] += sums[-1]

    run_all(run, _blocks(i))
    narrow = [torch.from_numpy(total.sum(0).astype(np.float32)) for total in (dA, dB, dC, dD, dbias)]
    return (
        torch.from_numpy(du), torch.from_numpy(ddelta), *narrow[:4],
        torch.from_numpy(dz) if i.gated else None, narrow[4],
    )
