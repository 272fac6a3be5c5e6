"""The causal convolution of width 4 with SiLU on a tile, and its gradient, for numba.

The input of a tile has the three rows before it on top: row r of the tile is row r + 3 of ``x``. ``taps`` is (4,
channels); its last row weighs the current row.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from LightMSegmentationLib.network.selective_scan.memory import at
from LightMSegmentationLib.network.selective_scan.simd import LANES, load, splat, store
from LightMSegmentationLib.network.selective_scan.vector_math import exp_minus_magnitude, sigmoid

HALO = 3


@njit(forceinline=True)
def _column(rows: Any, c: int) -> Any:
    return load(at(rows, 0, 0, c)), load(at(rows, 0, 1, c)), load(at(rows, 0, 2, c)), load(at(rows, 0, 3, c))


@njit
def convolve(x: Any, taps: Any, bias: Any, rows: int, channels: int, u: Any, slope: Any) -> None:
    """Write SiLU of the convolution to ``u`` and the slope of SiLU there to ``slope``, both (rows, channels)."""
    one = splat(np.float32(1.0))
    for c in range(0, channels, LANES):
        w0, w1, w2, w3 = _column(taps, c)
        offset = load(at(bias, 0, 0, c))
        x0, x1, x2 = load(at(x, 0, 0, c)), load(at(x, 0, 1, c)), load(at(x, 0, 2, c))
        for t in range(rows):
            x3 = load(at(x, 0, t + HALO, c))
            value = offset + w0 * x0 + w1 * x1 + w2 * x2 + w3 * x3
            gate = sigmoid(value, exp_minus_magnitude(value))
            store(at(u, 0, t, c), value * gate)
            store(at(slope, 0, t, c), gate * (one + value * (one - gate)))
            x0, x1, x2 = x1, x2, x3


@njit
def differentiate_convolution(
    x: Any, taps: Any, du: Any, slope: Any, rows: int, channels: int, g: Any, dx: Any, dtaps: Any, dbias: Any
) -> None:
    """Write the gradient of the tile's rows of ``x`` to ``dx`` (rows, channels); add those of taps and bias.

    ``g`` is (rows + 3, channels): the gradient before SiLU. Its last three rows, those of the tile that follows, are
    given; the others are written.
    """
    for c in range(0, channels, LANES):
        w0, w1, w2, w3 = _column(taps, c)
        s0, s1, s2, s3 = _column(dtaps, c)
        offset = load(at(dbias, 0, 0, c))
        g1, g2, g3 = load(at(g, 0, rows, c)), load(at(g, 0, rows + 1, c)), load(at(g, 0, rows + 2, c))
        for back in range(rows):
            t = rows - 1 - back
            g0 = load(at(du, 0, t, c)) * load(at(slope, 0, t, c))
            store(at(g, 0, t, c), g0)
            store(at(dx, 0, t, c), w3 * g0 + w2 * g1 + w1 * g2 + w0 * g3)
            s0 = s0 + g0 * load(at(x, 0, t, c))
            s1 = s1 + g0 * load(at(x, 0, t + 1, c))
            s2 = s2 + g0 * load(at(x, 0, t + 2, c))
            s3 = s3 + g0 * load(at(x, 0, t + 3, c))
            offset = offset + g0
            g1, g2, g3 = g0, g1, g2
        store(at(dtaps, 0, 0, c), s0)
        store(at(dtaps, 0, 1, c), s1)
        store(at(dtaps, 0, 2, c), s2)
        store(at(dtaps, 0, 3, c), s3)
        store(at(dbias, 0, 0, c), offset)
