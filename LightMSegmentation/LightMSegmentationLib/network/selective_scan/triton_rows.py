"""What the Triton kernels of the scan share: rows of channels, tuples of states, softplus and sigmoid.

A row is a one-dimensional tensor over a block of channels, so that neighboring lanes of a warp read neighboring
channels. A state is a tuple of such rows, one for each state index: all states of a channel lie in the registers of one
lane, and sums over states need no exchange between lanes. Weights are tuples of scalars that all lanes read together.
"""

from __future__ import annotations

import triton
import triton.language as tl

LOG2_E = tl.constexpr(1.4426950408889634)
LN_2 = tl.constexpr(0.6931471805599453)


@triton.jit
def row(first, c, inside, WHOLE: tl.constexpr):
    """Read a row as float32; with ``WHOLE`` every lane has a channel."""
    if WHOLE:
        return tl.load(first + c).to(tl.float32)
    return tl.load(first + c, mask=inside, other=0.0).to(tl.float32)


@triton.jit
def put_row(first, c, inside, values, WHOLE: tl.constexpr):
    """Write a row in the type of its memory."""
    if WHOLE:
        tl.store(first + c, values.to(first.dtype.element_ty))
    else:
        tl.store(first + c, values.to(first.dtype.element_ty), mask=inside)


@triton.jit
def state(first, channels, c, inside, N: tl.constexpr, WHOLE: tl.constexpr):
    """Read a state from (states, channels)."""
    values = ()
    for n in tl.static_range(N):
        values = values + (row(first + n * channels, c, inside, WHOLE),)
    return values


@triton.jit
def put_state(first, channels, c, inside, values, N: tl.constexpr, WHOLE: tl.constexpr):
    """Write a state to (states, channels)."""
    for n in tl.static_range(N):
        put_row(first + n * channels, c, inside, values[n], WHOLE)


@triton.jit
def zeros(N: tl.constexpr, WIDTH: tl.constexpr):
    """Return a state of zeros."""
    values = ()
    for n in tl.static_range(N):
        values = values + (tl.zeros([WIDTH], tl.float32),)
    return values


@triton.jit
def weights(first, N: tl.constexpr):
    """Read the weights of one step."""
    values = ()
    for n in tl.static_range(N):
        values = values + (tl.load(first + n).to(tl.float32),)
    return values


@triton.jit
def advanced(h, rates, step, drive, B, N: tl.constexpr):
    """Return the state one step later; ``rates`` are A * log2(e)."""
    values = ()
    for n in tl.static_range(N):
        values = values + (tl.exp2(rates[n] * step) * h[n] + drive * B[n],)
    return values


@triton.jit
def log_of_one_plus(e):
    """Log(1 + e) for e in [0, 1] with a relative error of 2e-7; the polynomial interpolates at Chebyshev nodes."""
    p = 0.0051261024 * e - 0.029074065
    p = p * e + 0.077516086
    p = p * e - 0.13602248
    p = p * e + 0.19076881
    p = p * e - 0.24835399
    p = p * e + 0.33318120
    p = p * e - 0.49999446
    p = p * e + 0.99999994
    return p * e


@triton.jit
def softplus(x):
    """Log(1 + exp(x))."""
    return tl.maximum(x, 0.0) + log_of_one_plus(tl.exp2(tl.abs(x) * -LOG2_E))


@triton.jit
def softplus_and_slope(x):
    """Log(1 + exp(x)) and its derivative."""
    e = tl.exp2(tl.abs(x) * -LOG2_E)
    return tl.maximum(x, 0.0) + log_of_one_plus(e), tl.where(x < 0, e, 1.0) / (1.0 + e)


@triton.jit
def sigmoid(x):
    """1 / (1 + exp(-x)), also where exp(-x) is infinite."""
    return 1.0 / (1.0 + tl.exp2(x * -LOG2_E))
