"""The causal convolution of width 4 with SiLU over sixteen channels, for numba.

Rows before the first are zero. ``weight`` is (4, channels): its last row weighs the current row.
"""

from __future__ import annotations

import numpy as np

from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.simd import load, splat, store
from LightMSegmentationLib.network.selective_scan.vector_math import sigmoid


@compiled
def row_or_zero(x, b, t, c):
    """Return sixteen channels of row ``t``, or zeros before the first and behind the last row."""
    if 0 <= t < x.shape[1]:
        return load(x, (b, t, c))
    return splat(np.float32(0.0))


@compiled
def convolve(x, weight, bias, b, c, start, stop, y):
    """Write rows start..stop of channels c..c+16 of sample b to ``y``."""
    w0, w1, w2, w3 = load(weight, (0, c)), load(weight, (1, c)), load(weight, (2, c)), load(weight, (3, c))
    offset = load(bias, (c,))
    x0, x1, x2 = row_or_zero(x, b, start - 3, c), row_or_zero(x, b, start - 2, c), row_or_zero(x, b, start - 1, c)
    for t in range(start, stop):
        x3 = load(x, (b, t, c))
        value = offset + w0 * x0 + w1 * x1 + w2 * x2 + w3 * x3
        store(y, (b, t, c), value * sigmoid(value))
        x0, x1, x2 = x1, x2, x3


@compiled
def gradients(x, weight, bias, dy, b, c, start, stop, dx, sums):
    """Write rows start..stop of ``dx``; add to ``sums`` (5, 16): the gradients of the weight's rows and of the bias."""
    w0, w1, w2, w3 = load(weight, (0, c)), load(weight, (1, c)), load(weight, (2, c)), load(weight, (3, c))
    s0, s1, s2, s3, s4 = load(sums, (0, 0)), load(sums, (1, 0)), load(sums, (2, 0)), load(sums, (3, 0)), load(sums, (4, 0))
    offset = load(bias, (c,))
    one = splat(np.float32(1.0))
    zero = splat(np.float32(0.0))
    # Row t reaches dx of rows t-3..t: three sums are under way when a row is reached.
    d0, d1, d2 = zero, zero, zero
    x0, x1, x2 = row_or_zero(x, b, start - 3, c), row_or_zero(x, b, start - 2, c), row_or_zero(x, b, start - 1, c)
    for t in range(start, min(stop + 3, x.shape[1])):
        x3 = load(x, (b, t, c))
        value = offset + w0 * x0 + w1 * x1 + w2 * x2 + w3 * x3
        open_ = sigmoid(value)
        g = load(dy, (b, t, c)) * open_ * (one + value * (one - open_))
        if t < stop:
            s0, s1, s2, s3, s4 = s0 + g * x0, s1 + g * x1, s2 + g * x2, s3 + g * x3, s4 + g
        if t - 3 >= start:
            store(dx, (b, t - 3, c), d0 + w0 * g)
        d0, d1, d2 = d1 + w1 * g, d2 + w2 * g, w3 * g
        x0, x1, x2 = x1, x2, x3
    behind = min(stop + 3, x.shape[1])
    if behind - 3 >= start and behind - 3 < stop:
        store(dx, (b, behind - 3, c), d0)
    if behind - 2 >= start and behind - 2 < stop:
        store(dx, (b, behind - 2, c), d1)
    if behind - 1 >= start and behind - 1 < stop:
        store(dx, (b, behind - 1, c), d2)
    store(sums, (0, 0), s0)
    store(sums, (1, 0), s1)
    store(sums, (2, 0), s2)
    store(sums, (3, 0), s3)
    store(sums, (4, 0), s4)
