"""The backward scan of one block of sixteen channels over a stretch of the sequence, for numba."""

from __future__ import annotations

import numpy as np

from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.simd import load, splat, store, total
from LightMSegmentationLib.network.selective_scan.vector_math import LN_2, exp2_nonpositive, sigmoid, softplus_and_slope


@compiled
def retreat(dy, delta, rates, C, z, gated, delta_bias, b, c, start, stop, adjoint, step_sum):
    """Carry ``adjoint`` (states, 16), the gradient of the state after row stop-1, back to that before row start."""
    states = rates.shape[0]
    bias = load(delta_bias, (c,))
    steps = load(step_sum, (0, 0))
    for back in range(stop - start):
        t = stop - 1 - back
        step = softplus_and_slope(load(delta, (b, t, c)) + bias)[0]
        steps = steps + step
        ds = load(dy, (b, t, c))
        if gated:
            gate = load(z, (b, t, c))
            ds = ds * gate * sigmoid(gate)
        for n in range(states):
            decay = exp2_nonpositive(step * load(rates, (n, c)))
            store(adjoint, (n, 0), decay * (load(adjoint, (n, 0)) + ds * splat(C[b, t, n])))
    store(step_sum, (0, 0), steps)


@compiled
def replay(
    u, delta, rates, B, C, D, z, gated, delta_bias, dy, b, c, start, stop, history, decays, rows, dz
):
    """Recompute rows start..stop of the forward scan from ``history[0]`` and keep what the way back needs.

    ``history`` (rows + 1, states, 16): the states; ``decays`` (rows, states, 16); ``rows`` (3, rows, 16): step, its slope, and
    the gradient before the gate.
    """
    states = rates.shape[0]
    bias = load(delta_bias, (c,))
    skip = load(D, (c,))
    one = splat(np.float32(1.0))
    for i in range(stop - start):
        t = start + i
        step, slope = softplus_and_slope(load(delta, (b, t, c)) + bias)
        value = load(u, (b, t, c))
        drive = step * value
        out = skip * value
        for n in range(states):
            decay = exp2_nonpositive(step * load(rates, (n, c)))
            h = decay * load(history, (i, n, 0)) + drive * splat(B[b, t, n])
            store(decays, (i, n, 0), decay)
            store(history, (i + 1, n, 0), h)
            out = out + h * splat(C[b, t, n])
        ds = load(dy, (b, t, c))
        if gated:
            gate = load(z, (b, t, c))
            open_ = sigmoid(gate)
            store(dz, (b, t, c), ds * out * open_ * (one + gate * (one - open_)))
            ds = ds * gate * open_
        store(rows, (0, i, 0), step)
        store(rows, (1, i, 0), slope)
        store(rows, (2, i, 0), ds)


@compiled
def backtrack(
    u, rates, B, C, D, b, c, start, stop, history, decays, rows, adjoint, du, ddelta, dA, dB, dC, dD, dbias
):
    """Turn what ``replay`` kept into gradients, from row stop-1 back to start.

    ``adjoint`` (states, 16) carries the gradient of the state between stretches. ``dA`` (states, 16), ``dD`` and ``dbias``
    (16,) and the rows of ``dB`` and ``dC`` (batch, length, states) are added to.
    """
    states = rates.shape[0]
    skip = load(D, (c,))
    sum_D = load(dD, (0,))
    sum_bias = load(dbias, (0,))
    for back in range(stop - start):
        i = stop - start - 1 - back
        t = start + i
        step = load(rows, (0, i, 0))
        ds = load(rows, (2, i, 0))
        value = load(u, (b, t, c))
        drive = step * value
        along_B = splat(np.float32(0.0))
        along_decay = splat(np.float32(0.0))
        for n in range(states):
            g = load(adjoint, (n, 0)) + ds * splat(C[b, t, n])
            carried = g * load(decays, (i, n, 0))
            store(adjoint, (n, 0), carried)
            pull = carried * load(history, (i, n, 0))
            along_decay = along_decay + pull * load(rates, (n, c))
            store(dA, (n, 0), load(dA, (n, 0)) + pull * step)
            along_B = along_B + g * splat(B[b, t, n])
            dB[b, t, n] += total(g * drive)
            dC[b, t, n] += total(ds * load(history, (i + 1, n, 0)))
        dx = (value * along_B + along_decay * splat(LN_2)) * load(rows, (1, i, 0))
        store(du, (b, t, c), ds * skip + step * along_B)
        store(ddelta, (b, t, c), dx)
        sum_D = sum_D + ds * value
        sum_bias = sum_bias + dx
    store(dD, (0,), sum_D)
    store(dbias, (0,), sum_bias)
