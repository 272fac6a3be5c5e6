"""Exponential, softplus and SiLU on vectors, branch-free and accurate to float32.

The polynomials interpolate at Chebyshev nodes of the reduced interval; tests hold the functions against float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite.binding import get_host_cpu_features
from numba import njit
from numba.core import config

from LightMSegmentationLib.network.selective_scan.simd import (
    add_to_exponent,
    fraction_avx512,
    maximum,
    rough_reciprocal_avx512,
    scale_avx512,
    splat,
    where_negative,
)

LOG2_E = np.float32(1.4426950408889634)
LN_2 = np.float32(0.6931471805599453)
_ROUNDER = np.float32(1.5 * 2**23)
_SMALLEST_EXPONENT = np.float32(-126.0)


def _has_avx512() -> bool:
    """Tell whether the code is compiled for a processor with AVX-512 (its DQ part brings the fraction)."""
    if config.CPU_FEATURES is not None:
        return "+avx512dq" in config.CPU_FEATURES
    return get_host_cpu_features().get("avx512dq", False)


HAS_AVX512 = _has_avx512()


@njit(forceinline=True)
def _exp2_near_zero(f: Any) -> Any:
    """2**f for f in [-0.5, 0.5], with a relative error of 2e-7 and exact at 0, so that a slow decay keeps its rate."""
    p = splat(np.float32(0.0013390867))
    p = p * f + splat(np.float32(0.009666374))
    p = p * f + splat(np.float32(0.05550357))
    p = p * f + splat(np.float32(0.24022348))
    p = p * f + splat(LN_2)
    return p * f + splat(np.float32(1.0))


@njit(forceinline=True)
def exp2_nonpositive(x: Any) -> Any:
    """2**x for x <= 0; below -126 the result may stay at 2**-126."""
    if HAS_AVX512:
        f = fraction_avx512(x)
        return scale_avx512(_exp2_near_zero(f), x - f)
    x = maximum(x, splat(_SMALLEST_EXPONENT))
    # Adding 1.5 * 2**23 leaves no bits for a fraction: the sum is rounded to a whole number, held in its low bits.
    shifted = x + splat(_ROUNDER)
    return add_to_exponent(_exp2_near_zero(x - (shifted - splat(_ROUNDER))), shifted)


@njit(forceinline=True)
def exp_minus_magnitude(x: Any) -> Any:
    """exp(-|x|), in (0, 1], which softplus and sigmoid are made of."""
    return exp2_nonpositive(where_negative(x, x, splat(np.float32(0.0)) - x) * splat(LOG2_E))


@njit(forceinline=True)
def reciprocal(x: Any) -> Any:
    """1/x for x in [1, 3]; division is the slowest instruction, AVX-512 takes its estimate and one Newton step."""
    if HAS_AVX512:
        r = rough_reciprocal_avx512(x)
        return r + r * (splat(np.float32(1.0)) - x * r)
    return splat(np.float32(1.0)) / x


@njit(forceinline=True)
def softplus(x: Any, w: Any) -> Any:
    """log(1 + exp(x)), given w = exp(-|x|).

    With s = w / (w + 2), log(1 + w) = 2 artanh(s), a short odd polynomial on [0, 1/3]; small results stay relatively
    exact.
    """
    s = w * reciprocal(w + splat(np.float32(2.0)))
    q = s * s
    p = splat(np.float32(0.14087328))
    p = p * q + splat(np.float32(0.13980709))
    p = p * q + splat(np.float32(0.20012426))
    p = p * q + splat(np.float32(0.33333158))
    p = p * q + splat(np.float32(1.0))
    return maximum(x, splat(np.float32(0.0))) + (s + s) * p


@njit(forceinline=True)
def sigmoid(x: Any, w: Any) -> Any:
    """1 / (1 + exp(-x)), given w = exp(-|x|)."""
    one = splat(np.float32(1.0))
    return where_negative(x, w, one) * reciprocal(w + one)
