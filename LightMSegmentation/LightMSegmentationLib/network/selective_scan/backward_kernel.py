"""The way back through a stretch of the scan, for numba: gradients from states that are computed again, tile by tile."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from LightMSegmentationLib.network.selective_scan.forward_kernel import TILE, copy_state
from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.memory import at
from LightMSegmentationLib.network.selective_scan.simd import LANES, load, splat, spread, store, sums
from LightMSegmentationLib.network.selective_scan.vector_math import (
    LN_2,
    exp2_nonpositive,
    exp_minus_magnitude,
    reciprocals,
    sigmoid,
    softplus,
)

_STEP, _SLOPE, _DRIVE, _SKIP, _DS, _DGATE = range(6)
TILE_FIELDS = 6


@njit(forceinline=True)
def _prepare(x: Any, dy: Any, b: int, c: int, start: int, stop: int, tile: Any) -> None:
    one = splat(np.float32(1.0))
    two = splat(np.float32(2.0))
    bias = load(at(x.delta_bias, 0, 0, c))
    skip = load(at(x.D, 0, 0, c))
    for t in range(start, stop):
        i = t - start
        raw = load(at(x.delta, b, t, c)) + bias
        w = exp_minus_magnitude(raw)
        dy_t = load(at(dy, b, t, c))
        under_softplus, under_slope = reciprocals(w + two, w + one)
        if x.gated:
            z = load(at(x.z, b, t, c))
            v = exp_minus_magnitude(z)
            s = sigmoid(z, v, one / (v + one))
            store(at(tile, _DS, i, 0), dy_t * z * s)
            store(at(tile, _DGATE, i, 0), dy_t * s * (one + z * (one - s)))
        else:
            store(at(tile, _DS, i, 0), dy_t)
        step = softplus(raw, w, under_softplus)
        u = load(at(x.u, b, t, c))
        store(at(tile, _STEP, i, 0), step)
        store(at(tile, _SLOPE, i, 0), sigmoid(raw, w, under_slope))
        store(at(tile, _DRIVE, i, 0), step * u)
        store(at(tile, _SKIP, i, 0), skip * u)


@njit(forceinline=True)
def _replay(x: Any, b: int, c: int, start: int, stop: int, tile: Any, history: Any, decays: Any, dz: Any) -> None:
    """Run the recurrence again from ``history[0]``, keeping every state and decay."""
    block = c // LANES * x.states
    for t in range(start, stop):
        i = t - start
        step = load(at(tile, _STEP, i, 0))
        drive = load(at(tile, _DRIVE, i, 0))
        out = load(at(tile, _SKIP, i, 0))
        for n in range(x.states):
            decay = exp2_nonpositive(step * load(at(x.rates, 0, block + n, 0)))
            h = decay * load(at(history, i, n, 0)) + drive * spread(at(x.B, b, t, n))
            store(at(decays, i, n, 0), decay)
            store(at(history, i + 1, n, 0), h)
            out = out + h * spread(at(x.C, b, t, n))
        if x.gated:
            store(at(dz, b, t, c), out * load(at(tile, _DGATE, i, 0)))


@njit(forceinline=True)
def _retrace(
    x: Any, b: int, c: int, start: int, stop: int, tile: Any, history: Any, decays: Any, adjoint: Any, gradients: Any, lanes: Any
) -> None:
    block = c // LANES * x.states
    skip = load(at(x.D, 0, 0, c))
    dD = load(at(gradients.D, b, 0, c))
    dbias = load(at(gradients.delta_bias, b, 0, c))
    for back in range(stop - start):
        i = stop - start - 1 - back
        t = start + i
        step = load(at(tile, _STEP, i, 0))
        drive = load(at(tile, _DRIVE, i, 0))
        ds = load(at(tile, _DS, i, 0))
        u = load(at(x.u, b, t, c))
        along_B = splat(np.float32(0.0))
        along_decay = splat(np.float32(0.0))
        for n in range(x.states):
            g = load(at(adjoint, b, block + n, 0)) + ds * spread(at(x.C, b, t, n))
            carried = g * load(at(decays, i, n, 0))
            store(at(adjoint, b, block + n, 0), carried)
            pull = carried * load(at(history, i, n, 0))
            along_B = along_B + g * spread(at(x.B, b, t, n))
            along_decay = along_decay + pull * load(at(x.rates, 0, block + n, 0))
            dA = at(gradients.A, b, block + n, 0)
            store(dA, load(dA) + pull * step)
            dB = at(lanes, i, n, 0)
            store(dB, load(dB) + g * drive)
            dC = at(lanes, TILE + i, n, 0)
            store(dC, load(dC) + ds * load(at(history, i + 1, n, 0)))
        ddelta = (u * along_B + along_decay * splat(LN_2)) * load(at(tile, _SLOPE, i, 0))
        store(at(gradients.u, b, t, c), ds * skip + step * along_B)
        store(at(gradients.delta, b, t, c), ddelta)
        dD = dD + ds * u
        dbias = dbias + ddelta
    store(at(gradients.D, b, 0, c), dD)
    store(at(gradients.delta_bias, b, 0, c), dbias)


@njit(forceinline=True)
def _clear(lanes: Any, rows: int, states: int) -> None:
    zero = splat(np.float32(0.0))
    for k in range(2):
        for i in range(rows):
            for n in range(states):
                store(at(lanes, k * TILE + i, n, 0), zero)


@njit(forceinline=True)
def _reduce(lanes: Any, matrix: int, start: int, stop: int, padded_states: int, gradients: Any) -> None:
    """Add up the lanes of the gradients of B and C and write them out, sixteen states at a time."""
    for t in range(start, stop):
        for n in range(0, padded_states, LANES):
            store(at(gradients.B, matrix, t, n), sums(at(lanes, t - start, n, 0)))
            store(at(gradients.C, matrix, t, n), sums(at(lanes, TILE + t - start, n, 0)))


@compiled
def retrace(
    x: Any, part: Any, matrix: int, tile: Any, history: Any, decays: Any, lanes: Any, adjoint: Any, checkpoints: Any,
    intervals: int, dy: Any, gradients: Any,
) -> None:
    """Write the gradients of a stretch and carry ``adjoint`` from its last row back to its first."""
    b = part.sample
    padded_states = -(-x.states // LANES) * LANES
    tiles = -(-(part.last_row - part.first_row) // TILE)
    for k in range(tiles):
        start = part.first_row + (tiles - 1 - k) * TILE
        stop = min(start + TILE, part.last_row)
        _clear(lanes, stop - start, padded_states)
        for c in range(part.first_channel, part.last_channel, LANES):
            block = c // LANES * x.states
            for n in range(x.states):
                store(at(history, 0, n, 0), load(at(checkpoints, b * intervals + start // TILE, block + n, 0)))
            _prepare(x, dy, b, c, start, stop, tile)
            _replay(x, b, c, start, stop, tile, history, decays, gradients.z)
            _retrace(x, b, c, start, stop, tile, history, decays, adjoint, gradients, lanes)
        _reduce(lanes, matrix, start, stop, padded_states, gradients)
