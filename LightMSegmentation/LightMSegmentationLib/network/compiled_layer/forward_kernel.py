"""The layer over a stretch of a sequence, tile by tile, for numba: little but its result leaves the cache."""

from __future__ import annotations

from typing import Any

from numba import njit

from LightMSegmentationLib.network.compiled_layer.tile_conv import HALO
from LightMSegmentationLib.network.compiled_layer.tile_norm import normalize
from LightMSegmentationLib.network.compiled_layer.tile_product import multiply
from LightMSegmentationLib.network.compiled_layer.tile_projection import (
    EPSILON,
    copy_rows,
    from_row,
    project,
    scan_rows,
    whole_tile,
)
from LightMSegmentationLib.network.selective_scan.denormals import flush_denormals, restore_denormals
from LightMSegmentationLib.network.selective_scan.forward_kernel import TILE, scan
from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.memory import at
from LightMSegmentationLib.network.selective_scan.simd import LANES, equal, load, store

_STATES = LANES


@njit(forceinline=True)
def _start_from_skip(tokens: Any, rows: int, channels: int, scale: Any, mixed: Any) -> None:
    factor = load(at(scale, 0, 0, 0))
    for t in range(rows):
        for c in range(0, channels, LANES):
            store(at(mixed, 0, t, c), factor * load(at(tokens, 0, t, c)))


@njit(forceinline=True)
def _start_from_bias(bias: Any, rows: int, columns: int, target: Any) -> None:
    for t in range(rows):
        for c in range(0, columns, LANES):
            store(at(target, 0, t, c), load(at(bias, 0, 0, c)))


@njit
def _finish(tokens: Any, rows: int, sizes: Any, weights: Any, work: Any, total: Any, out: Any) -> None:
    """Go from the scan's ``y`` to the layer's result; ``total`` is the sum before the second norm."""
    _start_from_skip(tokens, rows, sizes.channels, weights.skip_scale, total)
    multiply(work.y, rows, sizes.inner, weights.out, sizes.channels, total, True)
    normalize(total, rows, sizes.channels, weights.norm_weight, weights.norm_bias, EPSILON, work.normed)
    _start_from_bias(weights.proj_bias, rows, sizes.outputs, out)
    multiply(work.normed, rows, sizes.channels, weights.proj, sizes.outputs, out, True)


@njit
def _read_ahead_of(first_row: int, tokens: Any, sizes: Any, weights: Any, work: Any) -> None:
    """Put the rows that the convolution sees before ``first_row`` into the workspace; none if that is the first."""
    if first_row > 0:
        project(from_row(tokens, 0, first_row - TILE), TILE, sizes, weights, work)
        copy_rows(from_row(work.x, 0, TILE), HALO, sizes.inner, work.x)


@njit
def _same_state(state: Any, kept: Any, inner: int) -> bool:
    j = 0
    while j < inner // LANES * _STATES and equal(load(at(state, 0, j, 0)), load(at(kept, 0, j, 0))):
        j += 1
    return j == inner // LANES * _STATES


@compiled
def run(
    tokens: Any, span: Any, sizes: Any, weights: Any, work: Any, kept: Any, keep: bool, edges: Any, mixed: Any, out: Any
) -> bool:
    """Write the layer's result for a span of one sample, ``tokens`` (length, channels), to ``out`` (length, outputs).

    The workspace's ``state`` is the one before the span, and becomes the one after it, unless the span is walked
    again and the state before a tile is what ``kept`` says it was: then the rest is right as it is. Returned is whether
    the walk came to the end.

    The state before every tile whose number is a multiple of ``kept.tiles`` is kept. With ``keep``, what else the way
    back needs is written: the rows before every tile to ``edges`` (tiles, 3, inner), the sum before the second norm to
    ``mixed`` (length, channels).
    """
    before = flush_denormals()
    _read_ahead_of(span.first_row, tokens, sizes, weights, work)
    start = span.first_row
    while start < span.last_row:
        rows = min(TILE, span.last_row - start)
        tile = start // TILE
        state_is_kept = tile % kept.tiles == 0
        states = from_row(kept.states, tile // kept.tiles, 0)
        if span.again and state_is_kept and _same_state(work.state, states, sizes.inner):
            break
        x = from_row(tokens, 0, start)
        if keep:
            copy_rows(work.x, HALO, sizes.inner, from_row(edges, tile, 0))
        project(x, rows, sizes, weights, work)
        copy_rows(from_row(work.x, 0, rows), HALO, sizes.inner, work.x)
        scan(
            scan_rows(weights, work), whole_tile(rows, sizes.inner), work.state, states, int(state_is_kept), work.y,
            work.scan,
        )  # fmt: skip
        total = from_row(mixed, 0, start) if keep else work.mixed
        _finish(x, rows, sizes, weights, work, total, from_row(out, 0, start))
        start += rows
    restore_denormals(before)
    return start == span.last_row
