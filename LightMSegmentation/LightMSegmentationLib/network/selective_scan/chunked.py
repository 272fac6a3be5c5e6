"""The scan in plain PyTorch, with gradients, on any device: chunks of the sequence march in lockstep.

A loop over every row would be too slow, and dividing by cumulative products of decays, the usual shortcut, overflows.
Here the sequence is cut into chunks of equal length. All chunks advance together, one row of each at a time, first
from a state of zero to learn what each adds to the state (no output), then, after the true states at the chunks'
starts have been carried from chunk to chunk, once more with output. Every decay is exp of a number <= 0, so nothing
can overflow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from LightMSegmentationLib.network.selective_scan.sample_parameters import as_rows

# State elements that advance in one operation: enough to hide its fixed cost, few enough for a processor's cache.
_ELEMENTS_ON_CPU = 2**18
_ELEMENTS_ELSEWHERE = 2**22


def scan_chunked(
    u: Tensor, delta: Tensor, A: Tensor, B: Tensor, C: Tensor, D: Tensor, z: Tensor | None, delta_bias: Tensor
) -> Tensor:
    """Run :func:`selective_scan` with operations of PyTorch only.

    Beside inputs and output, memory holds a few thousand states; for gradients the rows of a group are computed again.
    """
    length = u.shape[1]
    step = functional.softplus(delta + as_rows(delta_bias))
    chunks, rows = _chunk_grid(u, A.shape[-1])
    if A.dim() == 3:
        A = A[:, None]  # to be broadcast over chunks
    cut = [_in_chunks(x, chunks, rows) for x in (step, step * u, B, C)]
    state = _starting_states(cut[0], cut[1], cut[2], A)
    outputs = []
    for group in zip(*(x.split(math.isqrt(rows), dim=2) for x in cut), strict=True):
        y, state = _recomputed(_march, state, A, *group)
        outputs.append(y)
    y = torch.cat(outputs, dim=2).flatten(1, 2)[:, :length] + as_rows(D) * u
    return y if z is None else y * functional.silu(z)


def _chunk_grid(u: Tensor, states: int) -> tuple[int, int]:
    """Return how many chunks advance together and how many rows each has."""
    batch, length, channels = u.shape
    elements = _ELEMENTS_ON_CPU if u.device.type == "cpu" else _ELEMENTS_ELSEWHERE
    chunks = max(1, min(elements // (batch * channels * states), math.isqrt(length)))
    return chunks, -(-length // chunks)


def _in_chunks(x: Tensor, chunks: int, rows: int) -> Tensor:
    """Bring (batch, length, columns) to (batch, chunks, rows, columns), with rows of zeros added at the end."""
    return functional.pad(x, (0, 0, 0, chunks * rows - x.shape[1])).unflatten(1, (chunks, rows))


def _starting_states(step: Tensor, drive: Tensor, B: Tensor, A: Tensor) -> Tensor:
    """Return the state before every chunk, (batch, chunks, channels, states)."""
    batch, chunks, rows, channels = step.shape
    state = step.new_zeros(batch, chunks, channels, A.shape[-1])
    if chunks == 1:
        return state
    for group in zip(*(x.split(math.isqrt(rows), dim=2) for x in (step, drive, B)), strict=True):
        state = _recomputed(_advance, state, A, *group)
    decay = torch.exp(step.sum(2)[..., None] * A)
    carried = [torch.zeros_like(state[:, 0])]
    for chunk_decay, added in zip(decay.unbind(1)[:-1], state.unbind(1)[:-1], strict=True):
        carried.append(chunk_decay * carried[-1] + added)
    return torch.stack(carried, dim=1)


def _next_state(state: Tensor, A: Tensor, step: Tensor, drive: Tensor, B: Tensor) -> Tensor:
    return torch.addcmul(torch.exp(step[..., None] * A) * state, drive[..., None], B[..., None, :])


def _advance(state: Tensor, A: Tensor, step: Tensor, drive: Tensor, B: Tensor) -> Tensor:
    for row in zip(step.unbind(2), drive.unbind(2), B.unbind(2), strict=True):
        state = _next_state(state, A, *row)
    return state


def _march(state: Tensor, A: Tensor, step: Tensor, drive: Tensor, B: Tensor, C: Tensor) -> tuple[Tensor, Tensor]:
    outputs = []
    for *row, c in zip(step.unbind(2), drive.unbind(2), B.unbind(2), C.unbind(2), strict=True):
        state = _next_state(state, A, *row)
        outputs.append((state @ c[..., None]).squeeze(-1))
    return torch.stack(outputs, dim=2), state


def _recomputed(march: Callable[..., Any], state: Tensor, *inputs: Tensor) -> Any:
    """Call ``march``; for gradients keep only its inputs and run it again on the way back."""
    if not torch.is_grad_enabled():
        return march(state, *inputs)
    return checkpoint(march, state, *inputs, use_reentrant=False)
