"""The kernels of the forward scan on a GPU: what every chunk of the sequence adds to the state, and the output.

A warp takes one chunk of the sequence and ``WIDTH`` channels; two channels with all their states lie in each lane.
Thousands of chunks fill a GPU even where there is one sequence of 64 channels. The work is done in three phases:
``arrive`` finds the state after every chunk that starts with none, ``triton_carry.carry`` joins these to the states
before the chunks, ``output`` runs the recurrence from there.

Per step, channel and state, ``output`` takes one exponential, two products, and two multiply-adds, ``arrive`` one less.
The exponential is what costs: a multiprocessor does 16 of them per cycle and 128 of the others. A parallel scan inside
a chunk (``tl.associative_scan``) takes as many exponentials and, beside exchanges between lanes, four more operations;
keeping the decays for the second pass would halve the exponentials and take all registers.
"""

from __future__ import annotations

import triton
import triton.language as tl

from LightMSegmentationLib.network.selective_scan.triton_rows import (
    put_row,
    put_state,
    row,
    sigmoid,
    softplus,
    state,
    weights,
    zeros,
)

# Rows between two looks at how much of the state is left.
LOOK_EVERY = tl.constexpr(16)
# What is left of a state after a decay to 2**-48 is far below what float32 can tell.
FORGOTTEN = tl.constexpr(-48.0)


@triton.jit
def slowest(rates, N: tl.constexpr):
    """Return the slowest rate of every channel."""
    result = rates[0]
    for n in tl.static_range(1, N):
        result = tl.maximum(result, rates[n])
    return result


@triton.jit
def arrive(
    u, u_b, u_t, delta, delta_b, delta_t, B, B_b, B_t, rates, bias, own, arrived, steps, length, rows, channels,
    N: tl.constexpr, WIDTH: tl.constexpr, WHOLE: tl.constexpr,
):  # fmt: skip
    """Write the state after a chunk that starts with none, and the sum of the steps read.

    The next row is asked for as soon as a value of this one has been used, so that it arrives in time.

    Goes from the last row back, weighting each with its decay to the chunk's end, and stops where nothing is left of
    any state. ``arrived`` (batch, chunks, N, channels), ``steps`` (batch, chunks, channels).
    """
    chunk = tl.program_id(0)
    sample = tl.program_id(2).to(tl.int64)
    c = tl.program_id(1) * WIDTH + tl.arange(0, WIDTH)
    inside = c < channels
    A = state(rates + sample * own * N * channels, channels, c, inside, N, WHOLE)
    raw_bias = row(bias + sample * own * channels, c, inside, WHOLE)
    rate = slowest(A, N)
    start = chunk * rows
    left = tl.minimum(rows, length - start)
    last = (start + left - 1).to(tl.int64)
    u += sample * u_b + last * u_t
    delta += sample * delta_b + last * delta_t
    B += sample * B_b + last * B_t

    total = tl.zeros([WIDTH], tl.float32)
    h = zeros(N, WIDTH)
    u_row, delta_row, B_row = row(u, c, inside, WHOLE), row(delta, c, inside, WHOLE), weights(B, N)
    remaining = 0.0
    while (left > 0) & (remaining > FORGOTTEN):
        for _ in range(tl.minimum(left, LOOK_EVERY)):
            left -= 1
            more = tl.where(left > 0, 1, 0)
            step = softplus(delta_row + raw_bias)
            delta -= more * delta_t
            delta_row = row(delta, c, inside, WHOLE)
            drive = step * u_row
            u -= more * u_t
            u_row = row(u, c, inside, WHOLE)
            B -= more * B_t
            next_h, next_B = (), ()
            for n in tl.static_range(N):
                next_h = next_h + (h[n] + tl.exp2(A[n] * total) * (drive * B_row[n]),)
                next_B = next_B + (tl.load(B + n).to(tl.float32),)
            h, B_row = next_h, next_B
            total += step
        remaining = tl.max(total * rate, axis=0)

    place = sample * tl.num_programs(0) + chunk
    put_state(arrived + place * N * channels, channels, c, inside, h, N, WHOLE)
    put_row(steps + place * channels, c, inside, total, WHOLE)


@triton.jit
def driven(h, A, step, drive, out, B_row, C_row, B, C, N: tl.constexpr):
    """Return the state one step later, ``out`` with what that state adds, and the weights at ``B`` and ``C``."""
    next_h, next_B, next_C = (), (), ()
    for n in tl.static_range(N):
        next_h = next_h + (tl.exp2(A[n] * step) * h[n] + drive * B_row[n],)
        next_B = next_B + (tl.load(B + n).to(tl.float32),)
        out += next_h[n] * C_row[n]
        next_C = next_C + (tl.load(C + n).to(tl.float32),)
    return next_h, out, next_B, next_C


@triton.jit
def output(
    u, u_b, u_t, delta, delta_b, delta_t, B, B_b, B_t, C, C_b, C_t, z, z_b, z_t,
    rates, D, bias, own, before, kept, y, length, rows, channels,
    GATED: tl.constexpr, KEPT_EVERY: tl.constexpr, N: tl.constexpr, WIDTH: tl.constexpr, WHOLE: tl.constexpr,
):  # fmt: skip
    """Run the recurrence over a chunk from the state before it and write y, (batch, length, channels).

    ``before`` (batch, chunks, N, channels). Unless ``KEPT_EVERY`` is 0, the state before every so many rows goes to
    ``kept``, (batch, chunks * rows / KEPT_EVERY, N, channels).
    """
    chunk = tl.program_id(0)
    sample = tl.program_id(2).to(tl.int64)
    c = tl.program_id(1) * WIDTH + tl.arange(0, WIDTH)
    inside = c < channels
    A = state(rates + sample * own * N * channels, channels, c, inside, N, WHOLE)
    raw_bias = row(bias + sample * own * channels, c, inside, WHOLE)
    skip = row(D + sample * own * channels, c, inside, WHOLE)
    start = (chunk * rows).to(tl.int64)
    place = sample * tl.num_programs(0) + chunk
    h = state(before + place * N * channels, channels, c, inside, N, WHOLE)
    u += sample * u_b + start * u_t
    delta += sample * delta_b + start * delta_t
    B += sample * B_b + start * B_t
    C += sample * C_b + start * C_t
    z += sample * z_b + start * z_t
    y += (sample * length + start) * channels
    if KEPT_EVERY:
        kept += place * (rows // KEPT_EVERY) * N * channels

    count = tl.minimum(rows, length - chunk * rows)
    u_row, delta_row = row(u, c, inside, WHOLE), row(delta, c, inside, WHOLE)
    B_row, C_row = weights(B, N), weights(C, N)
    if GATED:
        z_row = row(z, c, inside, WHOLE)
    for t in range(count):
        if KEPT_EVERY:
            if t % KEPT_EVERY == 0:
                put_state(kept, channels, c, inside, h, N, WHOLE)
                kept += N * channels
        more = tl.where(t + 1 < count, 1, 0)
        step = softplus(delta_row + raw_bias)
        delta += more * delta_t
        delta_row = row(delta, c, inside, WHOLE)
        drive = step * u_row
        out = skip * u_row
        u += more * u_t
        u_row = row(u, c, inside, WHOLE)
        if GATED:
            gate = z_row * sigmoid(z_row)
            z += more * z_t
            z_row = row(z, c, inside, WHOLE)
        B += more * B_t
        C += more * C_t
        h, out, B_row, C_row = driven(h, A, step, drive, out, B_row, C_row, B, C, N)
        if GATED:
            out *= gate
        put_row(y, c, inside, out, WHOLE)
        y += channels
