"""The scan on a CPU, compiled by numba: sixteen channels to a vector, all cores, with gradients."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from LightMSegmentationLib.network.selective_scan import backward_kernel, forward_kernel
from LightMSegmentationLib.network.selective_scan.forward_kernel import TILE
from LightMSegmentationLib.network.selective_scan.memory import Rows, ScanRows, Stretch, rows_of
from LightMSegmentationLib.network.selective_scan.simd import LANES
from LightMSegmentationLib.network.selective_scan.threads import run_all, thread_count
from LightMSegmentationLib.network.selective_scan.vector_math import LOG2_E


class Gradients(NamedTuple):
    u: Rows
    delta: Rows
    A: Rows
    B: Rows
    C: Rows
    D: Rows
    z: Rows
    delta_bias: Rows


def scan_compiled(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, z: Tensor | None, delta_bias: Tensor
) -> Tensor:
    """Run :func:`selective_scan` in float32 on the CPU."""
    channels = u.shape[2]
    missing = -channels % LANES
    if missing:
        u, delta = functional.pad(u, (0, missing)), functional.pad(delta, (0, missing))
        z = None if z is None else functional.pad(z, (0, missing))
        A = functional.pad(A, (0, 0, 0, missing))
        D, delta_bias = functional.pad(D, (0, missing)), functional.pad(delta_bias, (0, missing))
    y = _Scan.apply(u, delta, A, B, C, D, z, delta_bias)
    return y[..., :channels] if missing else y


def _touching(tensor: Tensor | None) -> Tensor | None:
    if tensor is None or tensor.stride(-1) == 1:
        return tensor
    return tensor.contiguous()


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx, *inputs):
        inputs = [_touching(t) for t in inputs]
        u, _delta, A = inputs[:3]
        batch, length, channels = u.shape
        remember = any(ctx.needs_input_grad)
        rates = _blocked(A * float(LOG2_E))
        intervals = -(-length // TILE) if remember else 0
        checkpoints = torch.empty(batch * intervals, *rates.shape[1:])
        y = torch.empty(u.shape)
        x = _scan_rows(inputs, rates)
        state = torch.zeros(batch, *rates.shape[1:])
        state_rows, checkpoint_rows, y_rows = rows_of(state), rows_of(checkpoints), rows_of(y)

        def run(part):
            tile = torch.empty(forward_kernel.TILE_FIELDS, TILE, LANES)
            forward_kernel.scan(x, part, rows_of(tile), state_rows, remember, checkpoint_rows, intervals, y_rows)

        run_all(run, [(part,) for part in _parts(batch, length, channels)])
        if remember:
            ctx.save_for_backward(*inputs, rates, checkpoints)
        return y

    @staticmethod
    def backward(ctx, dy):
        *inputs, rates, checkpoints = ctx.saved_tensors
        u = inputs[0]
        z = inputs[6]
        batch, length, channels = u.shape
        states = inputs[2].shape[1]
        padded = states + -states % LANES
        x = _scan_rows(inputs, rates)
        dy = _touching(dy)
        parts = _parts(batch, length, channels)
        per_sample = len(parts) // batch
        du, ddelta = torch.empty(u.shape), torch.empty(u.shape)
        dz = None if z is None else torch.empty(u.shape)
        dB, dC = torch.empty(per_sample * batch, length, padded), torch.empty(per_sample * batch, length, padded)
        dA = torch.zeros(batch, *rates.shape[1:])
        dD, dbias = torch.zeros(batch, 1, channels), torch.zeros(batch, 1, channels)
        adjoint = torch.zeros(batch, *rates.shape[1:])
        rows = Gradients(*(rows_of(t) for t in (du, ddelta, dA, dB, dC, dD, du if dz is None else dz, dbias)))
        intervals = -(-length // TILE)

        def run(matrix, part):
            tile = torch.empty(backward_kernel.TILE_FIELDS, TILE, LANES)
            history, decays = torch.empty(TILE + 1, states, LANES), torch.empty(TILE, states, LANES)
            lanes = torch.empty(2 * TILE, padded, LANES)
            backward_kernel.retrace(x, part, matrix, rows_of(tile), rows_of(history), rows_of(decays), rows_of(lanes),
                rows_of(adjoint), rows_of(checkpoints), intervals, rows_of(dy), rows)

        run_all(run, list(enumerate(parts)))
        dA = dA.sum(0).view(-1, states, LANES).transpose(1, 2).reshape(channels, states)
        dB, dC = (t.view(batch, per_sample, length, padded).sum(1)[..., :states] for t in (dB, dC))
        return du, ddelta, dA, dB, dC, dD.sum((0, 1)), dz, dbias.sum((0, 1))


def _blocked(A: Tensor) -> Tensor:
    """Bring (channels, states) into blocks of sixteen channels, (1, blocks * states, 16)."""
    return A.view(-1, LANES, A.shape[1]).transpose(1, 2).contiguous().view(1, -1, LANES)


def _scan_rows(inputs, rates) -> ScanRows:
    u, delta, A, B, C, D, z, delta_bias = inputs
    return ScanRows(
        rows_of(u), rows_of(delta), rows_of(rates), rows_of(B), rows_of(C), rows_of(D), rows_of(u if z is None else z),
        rows_of(delta_bias), A.shape[1], z is not None,
    )


def _parts(batch, length, channels):
    blocks = channels // LANES
    per_sample = min(blocks, -(-thread_count() // batch))
    bounds = [blocks * k // per_sample * LANES for k in range(per_sample + 1)]
    return [Stretch(b, bounds[k], bounds[k + 1], 0, length) for b in range(batch) for k in range(per_sample)]
