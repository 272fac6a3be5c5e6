"""The kernels of the scan's gradients on a GPU: what every chunk asks of the state before it, and the gradients.

Gradients flow against the sequence: with g the gradient of the state, ``g[t-1] = decay[t] * (g[t] + C[t] * dy[t])``.
``depart`` and ``triton_carry.carry`` find it after every chunk as ``arrive`` and ``carry`` find the state before one.
``retrace`` then goes through a chunk from its end. It needs the states in reverse: the forward pass has kept one before
every ``KEPT_EVERY`` rows; from each of these, one before every ``ROWS`` rows is written to a scratch memory small
enough for the GPU's second-level cache, and the states in between are held in registers. So every exponential is taken
three times, and memory for the gradients does not grow with length x channels x states.

Source of the formulas: the chain rule, applied to the recurrence in ``reference``.
"""

from __future__ import annotations

import triton
import triton.language as tl

from LightMSegmentationLib.network.selective_scan.triton_forward import FORGOTTEN, LOOK_EVERY, slowest
from LightMSegmentationLib.network.selective_scan.triton_rows import (
    LN_2,
    advanced,
    put_row,
    put_state,
    row,
    sigmoid,
    softplus,
    softplus_and_slope,
    state,
    weights,
    zeros,
)


@triton.jit
def gated(dy, z, c, inside, GATED: tl.constexpr, WHOLE: tl.constexpr):
    """Read the gradient of the output before its gate."""
    gradient = row(dy, c, inside, WHOLE)
    if GATED:
        z_row = row(z, c, inside, WHOLE)
        gradient *= z_row * sigmoid(z_row)
    return gradient


@triton.jit
def depart(
    delta, delta_b, delta_t, C, C_b, C_t, z, z_b, z_t, dy, dy_b, dy_t,
    rates, bias, own, departed, steps, length, rows, channels,
    GATED: tl.constexpr, N: tl.constexpr, WIDTH: tl.constexpr, WHOLE: tl.constexpr,
):  # fmt: skip
    """Write the gradient of the state before a chunk after which nothing comes, and the sum of the steps read.

    Goes on from the first row, weighting each with the decay since the chunk's start, and stops where nothing is left
    of any state. ``departed`` (batch, chunks, N, channels), ``steps`` (batch, chunks, channels).
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
    delta += sample * delta_b + start.to(tl.int64) * delta_t
    C += sample * C_b + start.to(tl.int64) * C_t
    z += sample * z_b + start.to(tl.int64) * z_t
    dy += sample * dy_b + start.to(tl.int64) * dy_t

    total = tl.zeros([WIDTH], tl.float32)
    g = zeros(N, WIDTH)
    delta_row, C_row = row(delta, c, inside, WHOLE), weights(C, N)
    ds = gated(dy, z, c, inside, GATED, WHOLE)
    remaining = 0.0
    while (left > 0) & (remaining > FORGOTTEN):
        for _ in range(tl.minimum(left, LOOK_EVERY)):
            left -= 1
            more = tl.where(left > 0, 1, 0)
            total += softplus(delta_row + raw_bias)
            delta += more * delta_t
            delta_row = row(delta, c, inside, WHOLE)
            C += more * C_t
            next_g, next_C = (), ()
            for n in tl.static_range(N):
                next_g = next_g + (g[n] + tl.exp2(A[n] * total) * (ds * C_row[n]),)
                next_C = next_C + (tl.load(C + n).to(tl.float32),)
            g, C_row = next_g, next_C
            dy += more * dy_t
            z += more * z_t
            ds = gated(dy, z, c, inside, GATED, WHOLE)
        remaining = tl.max(total * rate, axis=0)

    place = sample * tl.num_programs(0) + chunk
    put_state(departed + place * N * channels, channels, c, inside, g, N, WHOLE)
    put_row(steps + place * channels, c, inside, total, WHOLE)


@triton.jit
def step_at(t, length, delta, delta_t, raw_bias, c, inside, WHOLE: tl.constexpr):
    """Return the step of a row and its slope; rows after the sequence's end take no step."""
    at = tl.minimum(t, length - 1).to(tl.int64)
    step, slope = softplus_and_slope(row(delta + at * delta_t, c, inside, WHOLE) + raw_bias)
    return tl.where(t < length, step, 0.0), slope


@triton.jit
def replay(
    first, length, u, u_t, delta, delta_t, B, B_t, h, rates, channels, raw_bias, c, inside, lane, scratch,
    KEPT_EVERY: tl.constexpr, ROWS: tl.constexpr, N: tl.constexpr, WIDTH: tl.constexpr, WHOLE: tl.constexpr,
):  # fmt: skip
    """Write the state before every ``ROWS`` of ``KEPT_EVERY`` rows."""
    A = state(rates, channels, c, inside, N, WHOLE)
    for q in range(KEPT_EVERY // ROWS):
        put_state(scratch + q * N * WIDTH, WIDTH, lane, inside, h, N, True)
        for i in tl.static_range(ROWS):
            t = first + q * ROWS + i
            at = tl.minimum(t, length - 1).to(tl.int64)
            step, _ = step_at(t, length, delta, delta_t, raw_bias, c, inside, WHOLE)
            h = advanced(h, A, step, step * row(u + at * u_t, c, inside, WHOLE), weights(B + at * B_t, N), N)


@triton.jit
def faded_states(
    first, length, u, u_t, delta, delta_t, B, B_t, h, rates, channels, raw_bias, c, inside,
    ROWS: tl.constexpr, N: tl.constexpr, WHOLE: tl.constexpr,
):  # fmt: skip
    """Return, for ``ROWS`` rows: their steps, the steps' slopes, u, and N times the decayed state before the row."""
    A = state(rates, channels, c, inside, N, WHOLE)
    steps, slopes, inputs, faded = (), (), (), ()
    for i in tl.static_range(ROWS):
        at = tl.minimum(first + i, length - 1).to(tl.int64)
        step, slope = step_at(first + i, length, delta, delta_t, raw_bias, c, inside, WHOLE)
        u_row = row(u + at * u_t, c, inside, WHOLE)
        steps, slopes, inputs = steps + (step,), slopes + (slope,), inputs + (u_row,)
        next_h = ()
        for n in tl.static_range(N):
            faded = faded + (tl.exp2(A[n] * step) * h[n],)
            next_h = next_h + (faded[i * N + n] + step * u_row * tl.load(B + at * B_t + n).to(tl.float32),)
        h = next_h
    return steps, slopes, inputs, faded


@triton.jit
def gate_at(dy, z, c, inside, GATED: tl.constexpr, WHOLE: tl.constexpr):
    """Return the gradient of the output before its gate, and what the gradient of z is per unit of that output."""
    ds = row(dy, c, inside, WHOLE)
    per_out = ds
    if GATED:
        z_row = row(z, c, inside, WHOLE)
        opened = sigmoid(z_row)
        per_out = ds * opened * (1.0 + z_row * (1.0 - opened))
        ds *= z_row * opened
    return ds, per_out


@triton.jit
def pull_states(
    g, pull_A, faded, i, rates, channels, c, inside, step, drive, ds, out, B, C, dB, dC,
    N: tl.constexpr, WIDTH: tl.constexpr, WHOLE: tl.constexpr,
):  # fmt: skip
    """Take the gradient of the state back by one row; write the row's gradients of B and C.

    Returns the gradient of the state before the row, that of A so far, those of the drive and of the exponent per
    log(2), and the output before its gate.
    """
    pull_drive = tl.zeros([WIDTH], tl.float32)
    pull_exponent = tl.zeros([WIDTH], tl.float32)
    next_g, next_pull_A = (), ()
    for n in tl.static_range(N):
        B_n, C_n = tl.load(B + n).to(tl.float32), tl.load(C + n).to(tl.float32)
        h_n = faded[i * N + n] + drive * B_n
        out += h_n * C_n
        g_n = g[n] + ds * C_n
        tl.store(dC + n, tl.sum(ds * h_n, axis=0))
        tl.store(dB + n, tl.sum(g_n * drive, axis=0))
        pull_drive += g_n * B_n
        pull = g_n * faded[i * N + n]
        A_n = row(rates + n * channels, c, inside, WHOLE)
        pull_exponent += pull * A_n
        next_pull_A = next_pull_A + (pull_A[n] + pull * step,)
        next_g = next_g + (g_n * tl.exp2(A_n * step),)
    return next_g, next_pull_A, pull_drive, pull_exponent, out


@triton.jit
def retrace_rows(
    g, pull_A, pull_D, pull_bias, h, first, length, u, u_t, delta, delta_t, B, B_t, C, C_t,
    z, z_t, dy, dy_t, rates, skip, raw_bias, du, ddelta, dz, dB, dC, sample, to_row, channels, c, inside,
    GATED: tl.constexpr, ROWS: tl.constexpr, N: tl.constexpr, WIDTH: tl.constexpr, WHOLE: tl.constexpr,
):  # fmt: skip
    """Write the gradients of ``ROWS`` rows, from the last to the first, given the state ``h`` before them.

    Returns the gradient of that state, and what the chunk adds so far to the gradients of A, D and the bias.
    """
    steps, slopes, inputs, faded = faded_states(
        first, length, u, u_t, delta, delta_t, B, B_t, h, rates, channels, raw_bias, c, inside, ROWS, N, WHOLE
    )
    for i in tl.static_range(ROWS - 1, -1, -1):
        t = first + i
        if t < length:
            at = t.to(tl.int64)
            ds, per_out = gate_at(dy + at * dy_t, z + at * z_t, c, inside, GATED, WHOLE)
            g, pull_A, pull_drive, pull_exponent, out = pull_states(
                g, pull_A, faded, i, rates, channels, c, inside, steps[i], steps[i] * inputs[i], ds,
                skip * inputs[i], B + at * B_t, C + at * C_t, dB + (to_row + at) * N, dC + (to_row + at) * N,
                N, WIDTH, WHOLE,
            )  # fmt: skip
            pull_delta = (pull_drive * inputs[i] + pull_exponent * LN_2) * slopes[i]
            pull_D += ds * inputs[i]
            pull_bias += pull_delta
            to_element = (sample * length + at) * channels
            put_row(du + to_element, c, inside, pull_drive * steps[i] + skip * ds, WHOLE)
            put_row(ddelta + to_element, c, inside, pull_delta, WHOLE)
            if GATED:
                put_row(dz + to_element, c, inside, per_out * out, WHOLE)
    return g, pull_A, pull_D, pull_bias


@triton.jit
def retrace(
    u, u_b, u_t, delta, delta_b, delta_t, B, B_b, B_t, C, C_b, C_t, z, z_b, z_t, dy, dy_b, dy_t,
    rates, D, bias, own, kept, after, scratch, du, ddelta, dz, dA, dB, dC, dD, dbias, length, rows, channels,
    GATED: tl.constexpr, KEPT_EVERY: tl.constexpr, ROWS: tl.constexpr,
    N: tl.constexpr, WIDTH: tl.constexpr, WHOLE: tl.constexpr,
):  # fmt: skip
    """Write the gradients of a chunk's rows, and what the chunk adds to those of the parameters.

    ``after`` (batch, chunks, N, channels) is the gradient of the state after every chunk; ``scratch`` has (KEPT_EVERY /
    ROWS, N, WIDTH) for every program; ``du``, ``ddelta``, ``dz`` (batch, length, channels); ``dA`` (batch, chunks, N,
    channels); ``dD``, ``dbias`` (batch, chunks, channels); ``dB``, ``dC`` (blocks of channels, batch, length, N).
    Rows after the sequence's end are read as its last one, with a step of zero.
    """
    chunk, block = tl.program_id(0), tl.program_id(1)
    sample = tl.program_id(2).to(tl.int64)
    lane = tl.arange(0, WIDTH)
    c = block * WIDTH + lane
    inside = c < channels
    place = sample * tl.num_programs(0) + chunk
    rates += sample * own * N * channels
    raw_bias = row(bias + sample * own * channels, c, inside, WHOLE)
    skip = row(D + sample * own * channels, c, inside, WHOLE)
    g = state(after + place * N * channels, channels, c, inside, N, WHOLE)
    u += sample * u_b
    delta += sample * delta_b
    B += sample * B_b
    C += sample * C_b
    z += sample * z_b
    dy += sample * dy_b
    kept += place * (rows // KEPT_EVERY) * N * channels
    scratch += (place * tl.num_programs(1) + block) * (KEPT_EVERY // ROWS * N * WIDTH)
    to_row = (block * tl.num_programs(2) + sample) * length

    pull_A = zeros(N, WIDTH)
    pull_D = tl.zeros([WIDTH], tl.float32)
    pull_bias = tl.zeros([WIDTH], tl.float32)
    count = tl.minimum(rows, length - chunk * rows)
    for k in range(tl.cdiv(count, KEPT_EVERY)):
        stretch = tl.cdiv(count, KEPT_EVERY) - 1 - k
        first = chunk * rows + stretch * KEPT_EVERY
        h = state(kept + stretch * N * channels, channels, c, inside, N, WHOLE)
        replay(
            first, length, u, u_t, delta, delta_t, B, B_t, h, rates, channels, raw_bias, c, inside, lane, scratch,
            KEPT_EVERY, ROWS, N, WIDTH, WHOLE,
        )  # fmt: skip
        for back in range(KEPT_EVERY // ROWS):
            q = KEPT_EVERY // ROWS - 1 - back
            h = state(scratch + q * N * WIDTH, WIDTH, lane, inside, N, True)
            g, pull_A, pull_D, pull_bias = retrace_rows(
                g, pull_A, pull_D, pull_bias, h, first + q * ROWS, length, u, u_t, delta, delta_t, B, B_t, C, C_t,
                z, z_t, dy, dy_t, rates, skip, raw_bias, du, ddelta, dz, dB, dC, sample, to_row, channels, c, inside,
                GATED, ROWS, N, WIDTH, WHOLE,
            )  # fmt: skip

    put_state(dA + place * N * channels, channels, c, inside, pull_A, N, WHOLE)
    put_row(dD + place * channels, c, inside, pull_D, WHOLE)
    put_row(dbias + place * channels, c, inside, pull_bias, WHOLE)
