"""The forward scan of some channels over a stretch of the sequence, for numba."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from LightMSegmentationLib.network.selective_scan.denormals import flush_denormals, restore_denormals
from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.memory import at
from LightMSegmentationLib.network.selective_scan.simd import LANES, load, prefetch, splat, spread, store
from LightMSegmentationLib.network.selective_scan.vector_math import (
    exp2_nonpositive,
    exp_minus_magnitude,
    sigmoid,
    softplus,
)

# Rows are worked on in tiles that stay in the first-level cache. The activations of a whole tile are computed first:
# they are long chains of dependent operations, which only overlap when rows do not wait for each other.
TILE = 32
_STEP, _DRIVE, _SKIP, _GATE = range(4)
TILE_FIELDS = 4


@njit(forceinline=True)
def _prepare(x: Any, b: int, c: int, start: int, stop: int, tile: Any) -> None:
    bias = load(at(x.delta_bias, b, 0, c))
    skip = load(at(x.D, b, 0, c))
    for t in range(start, stop):
        i = t - start
        raw = load(at(x.delta, b, t, c)) + bias
        step = softplus(raw, exp_minus_magnitude(raw))
        u = load(at(x.u, b, t, c))
        store(at(tile, _STEP, i, 0), step)
        store(at(tile, _DRIVE, i, 0), step * u)
        store(at(tile, _SKIP, i, 0), skip * u)
        gate = splat(np.float32(1.0))
        if x.gated:
            z = load(at(x.z, b, t, c))
            gate = z * sigmoid(z, exp_minus_magnitude(z))
        store(at(tile, _GATE, i, 0), gate)


@njit(forceinline=True)
def _fetch_ahead(x: Any, b: int, t: int, c: int, y: Any) -> None:
    """Fetch a row of the next tile: rows are too far apart in memory for the processor to guess."""
    prefetch(at(x.u, b, t + TILE, c))
    prefetch(at(x.delta, b, t + TILE, c))
    prefetch(at(x.z, b, t + TILE, c))
    prefetch(at(y, b, t + TILE, c))


@njit(forceinline=True)
def _recur(x: Any, part: Any, c: int, start: int, stop: int, tile: Any, state: Any, y: Any) -> None:
    b = part.sample
    block = c // LANES * x.states
    for t in range(start, stop):
        i = t - start
        _fetch_ahead(x, b, t, c, y)
        step = load(at(tile, _STEP, i, 0))
        drive = load(at(tile, _DRIVE, i, 0))
        out = load(at(tile, _SKIP, i, 0))
        for n in range(x.states):
            h_address = at(state, part.number, block + n, 0)
            decay = exp2_nonpositive(step * load(at(x.rates, b, block + n, 0)))
            h = decay * load(h_address) + drive * spread(at(x.B, b, t, n))
            store(h_address, h)
            out = out + h * spread(at(x.C, b, t, n))
        store(at(y, b, t, c), out * load(at(tile, _GATE, i, 0)))


@njit(forceinline=True)
def _keep(x: Any, part: Any, c: int, start: int, state: Any, checkpoints: Any, intervals: int) -> None:
    block = c // LANES * x.states
    for j in range(block, block + x.states):
        h = load(at(state, part.number, j, 0))
        store(at(checkpoints, part.sample * intervals + start // TILE, j, 0), h)


@compiled
def scan(x: Any, part: Any, state: Any, checkpoints: Any, intervals: int, y: Any, tile: Any) -> None:
    """Write y for a stretch and advance ``state`` (stretches, blocks * states, 16) from its first row to its last.

    Where ``intervals`` is not zero, the state before every tile goes to ``checkpoints`` (batch * intervals, blocks *
    states, 16). ``tile`` is scratch, (TILE_FIELDS, TILE, 16).
    """
    before = flush_denormals()
    for start in range(part.first_row, part.last_row, TILE):
        stop = min(start + TILE, part.last_row)
        for c in range(part.first_channel, part.last_channel, LANES):
            if intervals > 0:
                _keep(x, part, c, start, state, checkpoints, intervals)
            _prepare(x, part.sample, c, start, stop, tile)
            _recur(x, part, c, start, stop, tile, state, y)
    restore_denormals(before)
