"""The forward scan of some channels over a stretch of the sequence, for numba."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.memory import at
from LightMSegmentationLib.network.selective_scan.simd import LANES, load, splat, spread, store
from LightMSegmentationLib.network.selective_scan.vector_math import (
    exp2_nonpositive,
    exp_minus_magnitude,
    reciprocals,
    sigmoid,
    softplus,
)

# Rows are worked on in tiles that stay in the first-level cache. The activations of a whole tile are computed first: they are
# long chains of dependent operations, which only overlap when rows do not wait for each other.
TILE = 32
_STEP, _DRIVE, _SKIP, _GATE = range(4)
TILE_FIELDS = 4


@njit(forceinline=True)
def _prepare(x: Any, b: int, c: int, start: int, stop: int, tile: Any) -> None:
    one = splat(np.float32(1.0))
    two = splat(np.float32(2.0))
    bias = load(at(x.delta_bias, 0, 0, c))
    skip = load(at(x.D, 0, 0, c))
    for t in range(start, stop):
        i = t - start
        raw = load(at(x.delta, b, t, c)) + bias
        w = exp_minus_magnitude(raw)
        if x.gated:
            z = load(at(x.z, b, t, c))
            v = exp_minus_magnitude(z)
            under_softplus, under_sigmoid = reciprocals(w + two, v + one)
            store(at(tile, _GATE, i, 0), z * sigmoid(z, v, under_sigmoid))
        else:
            under_softplus = one / (w + two)
            store(at(tile, _GATE, i, 0), one)
        step = softplus(raw, w, under_softplus)
        u = load(at(x.u, b, t, c))
        store(at(tile, _STEP, i, 0), step)
        store(at(tile, _DRIVE, i, 0), step * u)
        store(at(tile, _SKIP, i, 0), skip * u)


@njit(forceinline=True)
def _recur(x: Any, b: int, c: int, start: int, stop: int, tile: Any, state: Any, y: Any) -> None:
    block = c // LANES * x.states
    for t in range(start, stop):
        i = t - start
        step = load(at(tile, _STEP, i, 0))
        drive = load(at(tile, _DRIVE, i, 0))
        out = load(at(tile, _SKIP, i, 0))
        for n in range(x.states):
            decay = exp2_nonpositive(step * load(at(x.rates, 0, block + n, 0)))
            h = decay * load(at(state, b, block + n, 0)) + drive * spread(at(x.B, b, t, n))
            store(at(state, b, block + n, 0), h)
            out = out + h * spread(at(x.C, b, t, n))
        store(at(y, b, t, c), out * load(at(tile, _GATE, i, 0)))


@njit(forceinline=True)
def copy_state(source: Any, source_matrix: int, target: Any, target_matrix: int, block: int, states: int) -> None:
    """Copy the state of one block of channels between buffers of (matrices, blocks * states, 16)."""
    for k in range(block, block + states):
        store(at(target, target_matrix, k, 0), load(at(source, source_matrix, k, 0)))


@compiled
def scan(x: Any, part: Any, tile: Any, state: Any, keep: bool, checkpoints: Any, intervals: int, y: Any) -> None:
    """Write y for a stretch and advance ``state`` (batch, blocks * states, 16) from its first row to its last.

    ``tile`` is scratch, (TILE_FIELDS, TILE, 16). With ``keep``, the state before every tile goes to ``checkpoints`` (batch *
    intervals, blocks * states, 16). ``first_row`` is a multiple of TILE.
    """
    b = part.sample
    for start in range(part.first_row, part.last_row, TILE):
        stop = min(start + TILE, part.last_row)
        for c in range(part.first_channel, part.last_channel, LANES):
            if keep:
                copy_state(state, b, checkpoints, b * intervals + start // TILE, c // LANES * x.states, x.states)
            _prepare(x, b, c, start, stop, tile)
            _recur(x, b, c, start, stop, tile, state, y)
