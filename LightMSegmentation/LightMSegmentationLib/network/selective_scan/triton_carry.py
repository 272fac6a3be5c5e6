"""The kernel that joins the chunks of a scan on a GPU."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def joined(decay, added, later_decay, later_added):
    """Join what two stretches, one after the other, do to a state."""
    return decay * later_decay, added * later_decay + later_added


@triton.jit
def carry(
    arrived, steps, rates, own, before, chunks, channels,
    REVERSED: tl.constexpr, N: tl.constexpr, TILE: tl.constexpr, COLUMNS: tl.constexpr,
):  # fmt: skip
    """Write the state before every chunk; with ``REVERSED`` what comes from the chunks after it instead.

    ``arrived``, ``before`` (batch, chunks, N, channels): the state that each chunk adds and the state before it;
    ``steps`` (batch, chunks, channels): the sum of the chunk's steps. A program takes ``COLUMNS`` of the N * channels
    elements of the state and ``TILE`` chunks at a time.
    """
    sample = tl.program_id(1).to(tl.int64)
    j = tl.program_id(0) * COLUMNS + tl.arange(0, COLUMNS)
    inside = j < N * channels
    A = tl.load(rates + sample * own * N * channels + j, mask=inside, other=0.0)
    carried = tl.zeros([COLUMNS], tl.float32)
    for first in range(0, chunks, TILE):
        k = first + tl.arange(0, TILE)
        if REVERSED:
            target = chunks - 1 - k
            source = target + 1
        else:
            target = k
            source = k - 1
        known = ((k > 0) & (k < chunks))[:, None] & inside[None, :]
        at_source = (sample * chunks + source.to(tl.int64))[:, None]
        total = tl.load(steps + at_source * channels + (j % channels)[None, :], mask=known, other=0.0)
        added = tl.load(arrived + at_source * N * channels + j[None, :], mask=known, other=0.0)
        decay, added = tl.associative_scan((tl.exp2(A[None, :] * total), added), 0, joined)
        state = decay * carried[None, :] + added
        at_target = (sample * chunks + target.to(tl.int64))[:, None]
        tl.store(before + at_target * N * channels + j[None, :], state, mask=(k < chunks)[:, None] & inside[None, :])
        carried = tl.sum(tl.where((k == first + TILE - 1)[:, None], state, 0.0), axis=0)
