"""The forward scan of one block of sixteen channels over a stretch of the sequence, for numba."""

from __future__ import annotations

import numpy as np

from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.simd import load, splat, store
from LightMSegmentationLib.network.selective_scan.vector_math import exp2_nonpositive, sigmoid, softplus_and_slope


@compiled
def advance(u, delta, rates, B, delta_bias, b, c, start, stop, state, step_sum):
    """Advance ``state`` (states, 16) over rows start..stop without output; add the steps to ``step_sum`` (1, 16)."""
    states = rates.shape[0]
    bias = load(delta_bias, (c,))
    steps = load(step_sum, (0, 0))
    for t in range(start, stop):
        step = softplus_and_slope(load(delta, (b, t, c)) + bias)[0]
        steps = steps + step
        drive = step * load(u, (b, t, c))
        for n in range(states):
            decay = exp2_nonpositive(step * load(rates, (n, c)))
            store(state, (n, 0), decay * load(state, (n, 0)) + drive * splat(B[b, t, n]))
    store(step_sum, (0, 0), steps)


@compiled
def scan(u, delta, rates, B, C, D, z, gated, delta_bias, b, c, start, stop, state, checkpoints, interval, y):
    """Write y for rows start..stop of channels c..c+16 of sample b, and advance ``state`` (states, 16).

    ``rates`` is A * log2(e), transposed to (states, channels). Where ``interval`` > 0, the state before every row that is a
    multiple of it goes to ``checkpoints`` (batch, length / interval, states, channels).
    """
    states = rates.shape[0]
    bias = load(delta_bias, (c,))
    skip = load(D, (c,))
    for t in range(start, stop):
        if interval > 0 and t % interval == 0:
            for n in range(states):
                store(checkpoints, (b, t // interval, n, c), load(state, (n, 0)))
        step = softplus_and_slope(load(delta, (b, t, c)) + bias)[0]
        value = load(u, (b, t, c))
        drive = step * value
        out = skip * value
        for n in range(states):
            decay = exp2_nonpositive(step * load(rates, (n, c)))
            h = decay * load(state, (n, 0)) + drive * splat(B[b, t, n])
            store(state, (n, 0), h)
            out = out + h * splat(C[b, t, n])
        if gated:
            gate = load(z, (b, t, c))
            out = out * gate * sigmoid(gate)
        store(y, (b, t, c), out)
