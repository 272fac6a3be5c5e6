"""The causal convolution of width 4 with SiLU over sixteen channels, for numba.

Rows before the first are zero. ``weight`` is (4, channels): its last row weighs the current row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.memory import at
from LightMSegmentationLib.network.selective_scan.simd import load, splat, store
from LightMSegmentationLib.network.selective_scan.vector_math import exp_minus_magnitude, sigmoid

_ONE = np.float32(1.0)
_ZERO = np.float32(0.0)


@njit(forceinline=True)
def _open(value: Any) -> Any:
    """Return the sigmoid of a vector."""
    return sigmoid(value, exp_minus_magnitude(value))


@njit(forceinline=True)
def _taps(weight: Any, c: int) -> Any:
    return load(at(weight, 0, 0, c)), load(at(weight, 0, 1, c)), load(at(weight, 0, 2, c)), load(at(weight, 0, 3, c))


@njit(forceinline=True)
def _rows_before(x: Any, b: int, t: int, c: int) -> Any:
    return _row_or_zero(x, b, t - 3, c), _row_or_zero(x, b, t - 2, c), _row_or_zero(x, b, t - 1, c)


@njit(forceinline=True)
def _row_or_zero(x: Any, b: int, t: int, c: int) -> Any:
    return load(at(x, b, t, c)) if t >= 0 else splat(_ZERO)


@compiled
def convolve(x: Any, weight: Any, bias: Any, b: int, c: int, start: int, stop: int, y: Any) -> None:
    """Write rows start..stop of channels c..c+16 of sample b to ``y``."""
    w0, w1, w2, w3 = _taps(weight, c)
    offset = load(at(bias, 0, 0, c))
    x0, x1, x2 = _rows_before(x, b, start, c)
    for t in range(start, stop):
        x3 = load(at(x, b, t, c))
        value = offset + w0 * x0 + w1 * x1 + w2 * x2 + w3 * x3
        store(at(y, b, t, c), value * _open(value))
        x0, x1, x2 = x1, x2, x3


@compiled
def differentiate(
    x: Any, weight: Any, bias: Any, dy: Any, b: int, c: int, start: int, stop: int, length: int,
    dx: Any, sums: Any, job: int,
) -> None:  # fmt: skip
    """Write rows start..stop of ``dx``, and the gradients of weight and bias to matrix ``job`` of ``sums`` (5, 16)."""
    w0, w1, w2, w3 = _taps(weight, c)
    offset = load(at(bias, 0, 0, c))
    one = splat(_ONE)
    zero = splat(_ZERO)
    s0, s1, s2, s3, s4 = zero, zero, zero, zero, zero
    # Row t reaches dx of rows t-3..t: when a row is worked on, the sums of the three before it are under way.
    d0, d1, d2 = zero, zero, zero
    x0, x1, x2 = _rows_before(x, b, start, c)
    for t in range(start, stop + 3):
        g = zero
        x3 = zero
        if t < length:
            x3 = load(at(x, b, t, c))
            value = offset + w0 * x0 + w1 * x1 + w2 * x2 + w3 * x3
            gate = _open(value)
            g = load(at(dy, b, t, c)) * gate * (one + value * (one - gate))
        if t < stop:
            s0, s1, s2, s3, s4 = s0 + g * x0, s1 + g * x1, s2 + g * x2, s3 + g * x3, s4 + g
        if t >= start + 3:
            store(at(dx, b, t - 3, c), d0 + w0 * g)
        d0, d1, d2 = d1 + w1 * g, d2 + w2 * g, w3 * g
        x0, x1, x2 = x1, x2, x3
    store(at(sums, job, 0, 0), s0)
    store(at(sums, job, 1, 0), s1)
    store(at(sums, job, 2, 0), s2)
    store(at(sums, job, 3, 0), s3)
    store(at(sums, job, 4, 0), s4)
