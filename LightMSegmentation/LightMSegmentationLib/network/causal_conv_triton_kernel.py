"""The causal convolution with its SiLU and its gradients on a GPU: every row is read from memory once.

A program takes a tile of rows and channels; rows before the tile come from the cache. The gradient computes the linear
part again, which is cheaper than reading it.
"""

from __future__ import annotations

import triton
import triton.language as tl

from LightMSegmentationLib.network.selective_scan.triton_rows import sigmoid


@triton.jit
def tile_at(x, x_t, t, c, length, channels):
    """Read rows ``t`` and channels ``c`` as float32, zero outside the sequence."""
    known = (t >= 0) & (t < length)
    address = x + t.to(tl.int64)[:, None] * x_t + c[None, :]
    return tl.load(address, mask=known[:, None] & (c < channels)[None, :], other=0.0).to(tl.float32)


@triton.jit
def linear(x, x_t, taps, bias, t, c, length, channels, TAPS: tl.constexpr):
    """Return the convolution before its SiLU; ``taps`` (TAPS, channels), the last weighs the current row."""
    inside = c < channels
    total = tl.load(bias + c, mask=inside, other=0.0)[None, :]
    for k in tl.static_range(TAPS):
        tap = tl.load(taps + k * channels + c, mask=inside, other=0.0)
        total += tap[None, :] * tile_at(x, x_t, t - (TAPS - 1) + k, c, length, channels)
    return total


@triton.jit
def convolve(
    x, x_b, x_t, taps, bias, y, length, channels, TAPS: tl.constexpr, TILE: tl.constexpr, WIDTH: tl.constexpr
):
    """Write SiLU of the convolution, (batch, length, channels)."""
    t = tl.program_id(0) * TILE + tl.arange(0, TILE)
    c = tl.program_id(1) * WIDTH + tl.arange(0, WIDTH)
    sample = tl.program_id(2).to(tl.int64)
    total = linear(x + sample * x_b, x_t, taps, bias, t, c, length, channels, TAPS)
    address = y + (sample * length + t.to(tl.int64))[:, None] * channels + c[None, :]
    silu = total * sigmoid(total)
    tl.store(address, silu.to(y.dtype.element_ty), mask=(t < length)[:, None] & (c < channels)[None, :])


@triton.jit
def differentiate(
    x, x_b, x_t, taps, bias, dy, dy_b, dy_t, dx, sums, length, channels, tiles,
    TAPS: tl.constexpr, TILE: tl.constexpr, WIDTH: tl.constexpr,
):  # fmt: skip
    """Write the gradient of x, and in ``sums`` what ``tiles`` tiles add to the gradients of taps and bias.

    ``sums`` (batch, programs, TAPS + 1, channels).
    """
    c = tl.program_id(1) * WIDTH + tl.arange(0, WIDTH)
    inside = c < channels
    sample = tl.program_id(2).to(tl.int64)
    x += sample * x_b
    dy += sample * dy_b
    sums += (sample * tl.num_programs(0) + tl.program_id(0)) * (TAPS + 1) * channels
    added = ()
    for k in tl.static_range(TAPS + 1):
        added = added + (tl.zeros([WIDTH], tl.float32),)
    for i in range(tiles):
        t = (tl.program_id(0) * tiles + i) * TILE + tl.arange(0, TILE)
        gradient = tl.zeros([TILE, WIDTH], tl.float32)
        more = ()
        for ahead in tl.static_range(TAPS):
            total = linear(x, x_t, taps, bias, t + ahead, c, length, channels, TAPS)
            opened = sigmoid(total)
            pull = tile_at(dy, dy_t, t + ahead, c, length, channels) * opened * (1.0 + total * (1.0 - opened))
            tap = tl.load(taps + (TAPS - 1 - ahead) * channels + c, mask=inside, other=0.0)
            gradient += tap[None, :] * pull
            more = more + (tl.sum(pull * tile_at(x, x_t, t, c, length, channels), axis=0),)
            if ahead == 0:
                more_bias = tl.sum(pull, axis=0)
        next_added = ()
        for k in tl.static_range(TAPS):
            next_added = next_added + (added[k] + more[TAPS - 1 - k],)
        added = next_added + (added[TAPS] + more_bias,)
        address = dx + (sample * length + t.to(tl.int64))[:, None] * channels + c[None, :]
        tl.store(address, gradient.to(dx.dtype.element_ty), mask=(t < length)[:, None] & inside[None, :])
    for k in tl.static_range(TAPS + 1):
        tl.store(sums + k * channels + c, added[k], mask=inside)
