"""The way back through a stretch of the scan, for numba: gradients from states that are computed again, tile by tile.

Within a tile one state index is worked on at a time, forward and then back through the tile's rows, so that what is kept in
between stays in the first-level cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from LightMSegmentationLib.network.selective_scan.forward_kernel import TILE
from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.memory import at
from LightMSegmentationLib.network.selective_scan.simd import (
    LANES,
    load,
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
    reciprocals,
    sigmoid,
    softplus,
)

# What is kept for the rows of a tile; the last four are for one state index at a time, _STATE one row later.
_STEP, _SLOPE, _DRIVE, _OUT, _DS, _DGATE, _ALONG_B, _ALONG_DECAY, _DECAY, _PULL_B, _PULL_C, _STATE = range(12)
TILE_FIELDS = 12


@njit(forceinline=True)
def _prepare(x: Any, dy: Any, b: int, c: int, start: int, stop: int, tile: Any) -> None:
    zero = splat(np.float32(0.0))
    one = splat(np.float32(1.0))
    two = splat(np.float32(2.0))
    bias = load(at(x.delta_bias, 0, 0, c))
    skip = load(at(x.D, 0, 0, c))
    for t in range(start, stop):
        i = t - start
        raw = load(at(x.delta, b, t, c)) + bias
        w = exp_minus_magnitude(raw)
        ds = load(at(dy, b, t, c))
        under_softplus, under_slope = reciprocals(w + two, w + one)
        if x.gated:
            z = load(at(x.z, b, t, c))
            v = exp_minus_magnitude(z)
            s = sigmoid(z, v, one / (v + one))
            store(at(tile, _DGATE, i, 0), ds * s * (one + z * (one - s)))
            ds = ds * z * s
        step = softplus(raw, w, under_softplus)
        u = load(at(x.u, b, t, c))
        store(at(tile, _STEP, i, 0), step)
        store(at(tile, _SLOPE, i, 0), sigmoid(raw, w, under_slope))
        store(at(tile, _DRIVE, i, 0), step * u)
        store(at(tile, _OUT, i, 0), skip * u)
        store(at(tile, _DS, i, 0), ds)
        store(at(tile, _ALONG_B, i, 0), zero)
        store(at(tile, _ALONG_DECAY, i, 0), zero)


@njit(forceinline=True)
def _replay(x: Any, b: int, n: int, rate: Any, h: Any, start: int, stop: int, tile: Any) -> None:
    """Run the recurrence of one state index again from ``h``, keeping every state and decay."""
    store(at(tile, _STATE, 0, 0), h)
    for t in range(start, stop):
        i = t - start
        decay = exp2_nonpositive(load(at(tile, _STEP, i, 0)) * rate)
        h = decay * h + load(at(tile, _DRIVE, i, 0)) * spread(at(x.B, b, t, n))
        store(at(tile, _DECAY, i, 0), decay)
        store(at(tile, _STATE, i + 1, 0), h)
        store(at(tile, _OUT, i, 0), load(at(tile, _OUT, i, 0)) + h * spread(at(x.C, b, t, n)))
        store(at(tile, _PULL_C, i, 0), h * load(at(tile, _DS, i, 0)))


@njit(forceinline=True)
def _retrace(x: Any, b: int, n: int, rate: Any, adjoint: Any, dA: Any, start: int, stop: int, tile: Any) -> Any:
    """Carry the gradient of the state back through the tile; return it and the gradient of the rate."""
    for back in range(stop - start):
        i = stop - start - 1 - back
        t = start + i
        decay = load(at(tile, _DECAY, i, 0))
        pushed = load(at(tile, _DS, i, 0)) * spread(at(x.C, b, t, n))
        g = adjoint + pushed
        # Not decay * g: the next row waits for this value, and so it waits for one operation instead of two.
        adjoint = decay * adjoint + decay * pushed
        pull = adjoint * load(at(tile, _STATE, i, 0))
        dA = dA + pull * load(at(tile, _STEP, i, 0))
        store(at(tile, _ALONG_DECAY, i, 0), load(at(tile, _ALONG_DECAY, i, 0)) + pull * rate)
        store(at(tile, _ALONG_B, i, 0), load(at(tile, _ALONG_B, i, 0)) + g * spread(at(x.B, b, t, n)))
        store(at(tile, _PULL_B, i, 0), g * load(at(tile, _DRIVE, i, 0)))
    return adjoint, dA


@njit(forceinline=True)
def _finish(x: Any, part: Any, c: int, start: int, stop: int, tile: Any, gradients: Any) -> None:
    b = part.sample
    skip = load(at(x.D, 0, 0, c))
    dD = load(at(gradients.D, part.number, 0, c))
    dbias = load(at(gradients.delta_bias, part.number, 0, c))
    for t in range(start, stop):
        i = t - start
        ds = load(at(tile, _DS, i, 0))
        along_B = load(at(tile, _ALONG_B, i, 0))
        u = load(at(x.u, b, t, c))
        along_step = u * along_B + load(at(tile, _ALONG_DECAY, i, 0)) * splat(LN_2)
        ddelta = along_step * load(at(tile, _SLOPE, i, 0))
        store(at(gradients.delta, b, t, c), ddelta)
        store(at(gradients.u, b, t, c), ds * skip + load(at(tile, _STEP, i, 0)) * along_B)
        if x.gated:
            store(at(gradients.z, b, t, c), load(at(tile, _OUT, i, 0)) * load(at(tile, _DGATE, i, 0)))
        dD = dD + ds * u
        dbias = dbias + ddelta
    store(at(gradients.D, part.number, 0, c), dD)
    store(at(gradients.delta_bias, part.number, 0, c), dbias)


@njit(forceinline=True)
def _add_pulls(tile: Any, field: int, pulls: Any, matrix: int, n: int) -> None:
    for i in range(0, TILE, LANES):
        target = at(pulls, matrix, n, i)
        store(target, load(target) + sums(at(tile, field, i, 0)))


@njit(forceinline=True)
def _differentiate(
    x: Any, part: Any, c: int, n: int, start: int, stop: int, h: Any, adjoint: Any, dA: Any, tile: Any, pulls: Any
) -> None:
    """Go through a tile forward and back for one state index; ``adjoint`` and ``dA`` are addresses."""
    rate = load(at(x.rates, 0, c // LANES * x.states + n, 0))
    _replay(x, part.sample, n, rate, h, start, stop, tile)
    carried, pulled = _retrace(x, part.sample, n, rate, load(adjoint), load(dA), start, stop, tile)
    store(adjoint, carried)
    store(dA, pulled)
    _add_pulls(tile, _PULL_B, pulls, 0, n)
    _add_pulls(tile, _PULL_C, pulls, 1, n)


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

    ``adjoint`` and the gradient of A have the form (stretches, blocks * states, 16), those of D and delta_bias (stretches, 1,
    channels), those of B and C (shares, rows in whole tiles, states padded to 16). ``tile`` (TILE_FIELDS, TILE + 1, 16) and
    ``pulls`` (2, padded states, TILE) are scratch.
    """
    padded_states = -(-x.states // LANES) * LANES
    tiles = -(-(part.last_row - part.first_row) // TILE)
    for k in range(tiles):
        start = part.first_row + (tiles - 1 - k) * TILE
        stop = min(start + TILE, part.last_row)
        checkpoint = part.sample * intervals + start // TILE
        _clear(pulls, padded_states)
        for c in range(part.first_channel, part.last_channel, LANES):
            _prepare(x, dy, part.sample, c, start, stop, tile)
            for n in range(x.states):
                j = c // LANES * x.states + n
                h = load(at(checkpoints, checkpoint, j, 0))
                adjoint_at, dA_at = at(adjoint, part.number, j, 0), at(gradients.A, part.number, j, 0)
                _differentiate(x, part, c, n, start, stop, h, adjoint_at, dA_at, tile, pulls)
            _finish(x, part, c, start, stop, tile, gradients)
        _write_pulls(pulls, 0, padded_states, part.share, start, gradients.B)
        _write_pulls(pulls, 1, padded_states, part.share, start, gradients.C)
