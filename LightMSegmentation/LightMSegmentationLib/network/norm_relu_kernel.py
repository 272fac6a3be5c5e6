"""Group normalization with ReLU over a stretch of rows, for numba.

As far as a single channel is concerned, both ways are linear: the result is max(0, scale * x + shift), and the gradient
of x is pull * g + slope * x + offset, where g is the gradient of the result where that is positive. Features are
(batch, rows, channels), factors (batch, values, channels), moments of the stretches (stretches, 2, channels).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.memory import at
from LightMSegmentationLib.network.selective_scan.simd import LANES, load, maximum, splat, store, where_negative

_ZERO = np.float32(0.0)


@compiled
def measure(x: Any, channels: int, number: int, b: int, start: int, stop: int, moments: Any) -> None:
    """Write the mean of rows start..stop and the sum of squares about it to the moments of stretch ``number``.

    What is added up is how far rows are from the first one: small numbers where the mean is large.
    """
    share = splat(np.float32(1.0) / np.float32(stop - start))
    for c in range(0, channels, LANES):
        first, whole = load(at(x, b, start, c)), splat(_ZERO)
        for t in range(start, stop):
            whole = whole + (load(at(x, b, t, c)) - first)
        mean = first + whole * share
        squares = splat(_ZERO)
        for t in range(start, stop):
            off = load(at(x, b, t, c)) - mean
            squares = squares + off * off
        store(at(moments, number, 0, c), mean)
        store(at(moments, number, 1, c), squares)


@compiled
def apply(x: Any, channels: int, factors: Any, b: int, start: int, stop: int, y: Any) -> None:
    """Write rows start..stop of the result; ``factors`` are scale and shift."""
    zero = splat(_ZERO)
    for c in range(0, channels, LANES):
        scale, shift = load(at(factors, b, 0, c)), load(at(factors, b, 1, c))
        for t in range(start, stop):
            store(at(y, b, t, c), maximum(scale * load(at(x, b, t, c)) + shift, zero))


@njit(forceinline=True)
def _passed(x: Any, dy: Any, scale: Any, shift: Any, zero: Any) -> Any:
    """Return the gradient where the result is positive."""
    return where_negative(zero - (scale * x + shift), dy, zero)


@compiled
def measure_back(
    x: Any, dy: Any, channels: int, factors: Any, number: int, b: int, start: int, stop: int, moments: Any
) -> None:
    """Write the sums of g and of g * x to the moments of stretch ``number``."""
    zero = splat(_ZERO)
    for c in range(0, channels, LANES):
        scale, shift = load(at(factors, b, 0, c)), load(at(factors, b, 1, c))
        whole, along = zero, zero
        for t in range(start, stop):
            value = load(at(x, b, t, c))
            g = _passed(value, load(at(dy, b, t, c)), scale, shift, zero)
            whole = whole + g
            along = along + g * value
        store(at(moments, number, 0, c), whole)
        store(at(moments, number, 1, c), along)


@compiled
def apply_back(x: Any, dy: Any, channels: int, factors: Any, b: int, start: int, stop: int, dx: Any) -> None:
    """Write rows start..stop of the gradient; ``factors`` are scale, shift, pull, slope and offset."""
    zero = splat(_ZERO)
    for c in range(0, channels, LANES):
        scale, shift = load(at(factors, b, 0, c)), load(at(factors, b, 1, c))
        pull, slope, offset = load(at(factors, b, 2, c)), load(at(factors, b, 3, c)), load(at(factors, b, 4, c))
        for t in range(start, stop):
            value = load(at(x, b, t, c))
            g = _passed(value, load(at(dy, b, t, c)), scale, shift, zero)
            store(at(dx, b, t, c), pull * g + (slope * value + offset))
