"""The way back through a stretch of the scan, for numba: gradients from states that are computed again, tile by tile.

Within a tile one state index is worked on at a time, forward and then back through the tile's rows, so that what is
kept in between stays in the first-level cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from LightMSegmentationLib.network.selective_scan.denormals import flush_denormals, restore_denormals
from LightMSegmentationLib.network.selective_scan.forward_kernel import TILE
from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.memory import at
from LightMSegmentationLib.network.selective_scan.simd import (
    LANES,
    load,
    prefetch,
    splat,
    spread,
    store,
    sums,
    transpose,
)
from LightMSegmentationLib.network.selective_scan.vector_math import (
    LN_2,
    exp2_nonpositive,
    exp_minus_magnitude,
    sigmoid,
    softplus,
)

# What is kept for the rows of a tile. The last four come twice, for the two state indices in work; _STATE is one row
# late.
_STEP, _SLOPE, _DRIVE, _OUT, _DS, _GATE, _DGATE, _ALONG_B, _ALONG_DECAY = range(9)
_DECAY, _PULL_B, _PULL_C, _STATE = range(9, 17, 2)
TILE_FIELDS = 17


@njit(forceinline=True)
def _prepare(x: Any, dy: Any, b: int, c: int, start: int, stop: int, tile: Any) -> None:
    zero = splat(np.float32(0.0))
    one = splat(np.float32(1.0))
    bias = load(at(x.delta_bias, b, 0, c))
    skip = load(at(x.D, b, 0, c))
    for t in range(start, stop):
        i = t - start
        # Rows of the next tile are too far away in memory for the processor to guess.
        prefetch(at(x.u, b, t - TILE, c))
        prefetch(at(x.delta, b, t - TILE, c))
        prefetch(at(x.z, b, t - TILE, c))
        prefetch(at(dy, b, t - TILE, c))
        raw = load(at(x.delta, b, t, c)) + bias
        w = exp_minus_magnitude(raw)
        ds = load(at(dy, b, t, c))
        if x.gated:
            z = load(at(x.z, b, t, c))
            s = sigmoid(z, exp_minus_magnitude(z))
            store(at(tile, _GATE, i, 0), z * s)
            store(at(tile, _DGATE, i, 0), ds * s * (one + z * (one - s)))
            ds = ds * z * s
        step = softplus(raw, w)
        u = load(at(x.u, b, t, c))
        store(at(tile, _STEP, i, 0), step)
        store(at(tile, _SLOPE, i, 0), sigmoid(raw, w))
        store(at(tile, _DRIVE, i, 0), step * u)
        store(at(tile, _OUT, i, 0), skip * u)
        store(at(tile, _DS, i, 0), ds)
        store(at(tile, _ALONG_B, i, 0), zero)
        store(at(tile, _ALONG_DECAY, i, 0), zero)


@njit(forceinline=True)
def _replay_row(tile: Any, which: int, i: int, step: Any, drive: Any, ds: Any, rate: Any, h: Any, B: Any) -> Any:
    decay = exp2_nonpositive(step * rate)
    h = decay * h + drive * B
    store(at(tile, _DECAY + which, i, 0), decay)
    store(at(tile, _STATE + which, i + 1, 0), h)
    store(at(tile, _PULL_C + which, i, 0), h * ds)
    return h


@njit(forceinline=True)
def _replay(x: Any, b: int, n: int, rates: Any, states: Any, start: int, stop: int, tile: Any) -> None:
    """Run the recurrence of state indices n and n + 1 again from ``states``, keeping every state and decay."""
    h0, h1 = states
    store(at(tile, _STATE, 0, 0), h0)
    store(at(tile, _STATE + 1, 0, 0), h1)
    for t in range(start, stop):
        i = t - start
        step = load(at(tile, _STEP, i, 0))
        drive = load(at(tile, _DRIVE, i, 0))
        ds = load(at(tile, _DS, i, 0))
        h0 = _replay_row(tile, 0, i, step, drive, ds, rates[0], h0, spread(at(x.B, b, t, n)))
        h1 = _replay_row(tile, 1, i, step, drive, ds, rates[1], h1, spread(at(x.B, b, t, n + 1)))
        out = load(at(tile, _OUT, i, 0))
        store(at(tile, _OUT, i, 0), out + h0 * spread(at(x.C, b, t, n)) + h1 * spread(at(x.C, b, t, n + 1)))


@njit(forceinline=True)
def _retrace_row(tile: Any, which: int, i: int, drive: Any, pushed: Any, adjoint: Any) -> Any:
    """Return the gradients of the state after this row, of that before it, and of the log of the decay between."""
    decay = load(at(tile, _DECAY + which, i, 0))
    g = adjoint + pushed
    store(at(tile, _PULL_B + which, i, 0), g * drive)
    # Not decay * g: the next row waits for this value, and so it waits for one operation instead of two.
    adjoint = decay * adjoint + decay * pushed
    return g, adjoint, adjoint * load(at(tile, _STATE + which, i, 0))


@njit(forceinline=True)
def _retrace(x: Any, b: int, n: int, rates: Any, adjoints: Any, dA: Any, start: int, stop: int, tile: Any) -> Any:
    """Carry the gradients of two states back through the tile; return them and the gradients of the rates."""
    adjoint0, adjoint1 = adjoints
    dA0, dA1 = dA
    for back in range(stop - start):
        i = stop - start - 1 - back
        t = start + i
        drive = load(at(tile, _DRIVE, i, 0))
        ds = load(at(tile, _DS, i, 0))
        step = load(at(tile, _STEP, i, 0))
        g0, adjoint0, pull0 = _retrace_row(tile, 0, i, drive, ds * spread(at(x.C, b, t, n)), adjoint0)
        g1, adjoint1, pull1 = _retrace_row(tile, 1, i, drive, ds * spread(at(x.C, b, t, n + 1)), adjoint1)
        dA0 = dA0 + pull0 * step
        dA1 = dA1 + pull1 * step
        along_decay = load(at(tile, _ALONG_DECAY, i, 0))
        store(at(tile, _ALONG_DECAY, i, 0), along_decay + pull0 * rates[0] + pull1 * rates[1])
        along_B = load(at(tile, _ALONG_B, i, 0)) + g0 * spread(at(x.B, b, t, n))
        store(at(tile, _ALONG_B, i, 0), along_B + g1 * spread(at(x.B, b, t, n + 1)))
    return (adjoint0, adjoint1), (dA0, dA1)


@njit(forceinline=True)
def _finish(x: Any, part: Any, c: int, start: int, stop: int, tile: Any, gradients: Any) -> None:
    b = part.sample
    skip = load(at(x.D, b, 0, c))
    dD = load(at(gradients.D, part.number, 0, c))
    dbias = load(at(gradients.delta_bias, part.number, 0, c))
    for t in range(start, stop):
        i = t - start
        prefetch(at(gradients.u, b, t - TILE, c))
        prefetch(at(gradients.delta, b, t - TILE, c))
        prefetch(at(gradients.z, b, t - TILE, c))
        ds = load(at(tile, _DS, i, 0))
        along_B = load(at(tile, _ALONG_B, i, 0))
        u = load(at(x.u, b, t, c))
        along_step = u * along_B + load(at(tile, _ALONG_DECAY, i, 0)) * splat(LN_2)
        ddelta = along_step * load(at(tile, _SLOPE, i, 0))
        store(at(gradients.delta, b, t, c), ddelta)
        store(at(gradients.u, b, t, c), ds * skip + load(at(tile, _STEP, i, 0)) * along_B)
        if x.gated:
            out = load(at(tile, _OUT, i, 0))
            store(at(gradients.z, b, t, c), out * load(at(tile, _DGATE, i, 0)))
            if gradients.y.address != 0:
                store(at(gradients.y, b, t, c), out * load(at(tile, _GATE, i, 0)))
        dD = dD + ds * u
        dbias = dbias + ddelta
    store(at(gradients.D, part.number, 0, c), dD)
    store(at(gradients.delta_bias, part.number, 0, c), dbias)


@njit(forceinline=True)
def _add_pulls(tile: Any, field: int, pulls: Any, matrix: int, n: int) -> None:
    for which in range(2):
        for i in range(0, TILE, LANES):
            target = at(pulls, matrix, n + which, i)
            store(target, load(target) + sums(at(tile, field + which, i, 0)))


@njit(forceinline=True)
def _load_pair(rows: Any, matrix: int, j: int) -> Any:
    return load(at(rows, matrix, j, 0)), load(at(rows, matrix, j + 1, 0))


@njit(forceinline=True)
def _store_pair(rows: Any, matrix: int, j: int, pair: Any) -> None:
    store(at(rows, matrix, j, 0), pair[0])
    store(at(rows, matrix, j + 1, 0), pair[1])


@njit(forceinline=True)
def _clear(pulls: Any, padded_states: int) -> None:
    zero = splat(np.float32(0.0))
    for matrix in range(2):
        for n in range(padded_states):
            for i in range(0, TILE, LANES):
                store(at(pulls, matrix, n, i), zero)


@njit(forceinline=True)
def _write_pulls(pulls: Any, matrix: int, padded_states: int, share: int, start: int, target: Any) -> None:
    for n in range(0, padded_states, LANES):
        for i in range(0, TILE, LANES):
            transpose(at(pulls, matrix, n, i), pulls.row_stride, at(target, share, start + i, n), target.row_stride)


@compiled
def retrace(
    x: Any, part: Any, adjoint: Any, checkpoints: Any, intervals: int, dy: Any, gradients: Any, tile: Any, pulls: Any
) -> None:
    """Write the gradients of a stretch and carry ``adjoint`` from its last row back to its first.

    ``adjoint`` and the gradient of A have the form (stretches, blocks * states, 16), those of D and delta_bias
    (stretches, 1, channels), those of B and C (shares, rows in whole tiles, states padded to 16). The number of
    states is even. Where ``gradients.y`` is not NOWHERE, the gated result is written there. ``tile`` (TILE_FIELDS,
    TILE + 1, 16) and ``pulls`` (2, padded states, TILE) are scratch.
    """
    before = flush_denormals()
    padded_states = -(-x.states // LANES) * LANES
    tiles = -(-(part.last_row - part.first_row) // TILE)
    b = part.sample
    for k in range(tiles):
        start = part.first_row + (tiles - 1 - k) * TILE
        stop = min(start + TILE, part.last_row)
        _clear(pulls, padded_states)
        for c in range(part.first_channel, part.last_channel, LANES):
            _prepare(x, dy, b, c, start, stop, tile)
            for n in range(0, x.states, 2):
                j = c // LANES * x.states + n
                rates = _load_pair(x.rates, b, j)
                states = _load_pair(checkpoints, b * intervals + start // TILE, j)
                _replay(x, b, n, rates, states, start, stop, tile)
                adjoints, dA = _load_pair(adjoint, part.number, j), _load_pair(gradients.A, part.number, j)
                adjoints, dA = _retrace(x, b, n, rates, adjoints, dA, start, stop, tile)
                _store_pair(adjoint, part.number, j, adjoints)
                _store_pair(gradients.A, part.number, j, dA)
                _add_pulls(tile, _PULL_B, pulls, 0, n)
                _add_pulls(tile, _PULL_C, pulls, 1, n)
            _finish(x, part, c, start, stop, tile, gradients)
        _write_pulls(pulls, 0, padded_states, part.share, start, gradients.B)
        _write_pulls(pulls, 1, padded_states, part.share, start, gradients.C)
    restore_denormals(before)
