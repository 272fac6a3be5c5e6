"""What a stretch of the sequence does to the state that enters it, for numba: how scans are split along the sequence.

A state forgets. So only the rows nearest to the boundary count, and mostly a small part of the stretch is read.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from LightMSegmentationLib.network.selective_scan.denormals import flush_denormals, restore_denormals
from LightMSegmentationLib.network.selective_scan.forward_kernel import TILE
from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.memory import at
from LightMSegmentationLib.network.selective_scan.simd import LANES, largest, load, maximum, splat, spread, store
from LightMSegmentationLib.network.selective_scan.vector_math import (
    exp2_nonpositive,
    exp_minus_magnitude,
    sigmoid,
    softplus,
)

# What is left of a state after a decay to 2**-48 is far below what float32 can tell.
_FORGOTTEN = -48.0


@njit(forceinline=True)
def _step(x: Any, b: int, t: int, c: int) -> Any:
    raw = load(at(x.delta, b, t, c)) + load(at(x.delta_bias, b, 0, c))
    return softplus(raw, exp_minus_magnitude(raw))


@njit(forceinline=True)
def _slowest_rate(x: Any, b: int, c: int) -> Any:
    block = c // LANES * x.states
    slowest = load(at(x.rates, b, block, 0))
    for j in range(block + 1, block + x.states):
        slowest = maximum(slowest, load(at(x.rates, b, j, 0)))
    return slowest


@compiled
def arrive(x: Any, part: Any, state: Any, steps: Any) -> None:
    """Write the state after a stretch that begins with none, and the sum of the steps read.

    ``state`` (stretches, blocks * states, 16); ``steps`` (stretches, 1, channels).
    """
    before = flush_denormals()
    b = part.sample
    for c in range(part.first_channel, part.last_channel, LANES):
        slowest = _slowest_rate(x, b, c)
        total = splat(np.float32(0.0))
        start = part.last_row
        while start > part.first_row and largest(total * slowest) > _FORGOTTEN:
            stop, start = start, start - TILE
            for t in range(start, stop):
                total = total + _step(x, b, t, c)
        store(at(steps, part.number, 0, c), total)
        block = c // LANES * x.states
        for t in range(start, part.last_row):
            step = _step(x, b, t, c)
            drive = step * load(at(x.u, b, t, c))
            for n in range(x.states):
                h_address = at(state, part.number, block + n, 0)
                decay = exp2_nonpositive(step * load(at(x.rates, b, block + n, 0)))
                store(h_address, decay * load(h_address) + drive * spread(at(x.B, b, t, n)))
    restore_denormals(before)


@compiled
def depart(x: Any, part: Any, dy: Any, adjoint: Any, steps: Any) -> None:
    """Write the gradient of the state before a stretch after which none is left, and the sum of the steps read.

    ``adjoint`` (stretches, blocks * states, 16); ``steps`` (stretches, 1, channels).
    """
    before = flush_denormals()
    b = part.sample
    for c in range(part.first_channel, part.last_channel, LANES):
        slowest = _slowest_rate(x, b, c)
        total = splat(np.float32(0.0))
        stop = part.first_row
        while stop < part.last_row and largest(total * slowest) > _FORGOTTEN:
            start, stop = stop, min(stop + TILE, part.last_row)
            for t in range(start, stop):
                total = total + _step(x, b, t, c)
        store(at(steps, part.number, 0, c), total)
        block = c // LANES * x.states
        for back in range(stop - part.first_row):
            t = stop - 1 - back
            step = _step(x, b, t, c)
            ds = load(at(dy, b, t, c))
            if x.gated:
                z = load(at(x.z, b, t, c))
                ds = ds * z * sigmoid(z, exp_minus_magnitude(z))
            for n in range(x.states):
                g_address = at(adjoint, part.number, block + n, 0)
                decay = exp2_nonpositive(step * load(at(x.rates, b, block + n, 0)))
                store(g_address, decay * (load(g_address) + ds * spread(at(x.C, b, t, n))))
    restore_denormals(before)
