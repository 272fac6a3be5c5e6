"""The layer over a sequence, tile by tile, for numba: nothing but its result leaves the cache."""

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
from LightMSegmentationLib.network.selective_scan.simd import LANES, load, store


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


@compiled
def run(
    tokens: Any, length: int, sizes: Any, weights: Any, work: Any, keep: bool, edges: Any, checkpoints: Any, mixed: Any,
    out: Any,
) -> None:  # fmt: skip
    """Write the layer's result for one sample, ``tokens`` (length, channels), to ``out`` (length, outputs).

    With ``keep``, what the way back needs is written, too: the rows before every tile to ``edges`` (tiles, 3, inner),
    the state there to ``checkpoints`` (tiles, blocks * states, 16), the sum before the second norm to ``mixed``
    (length, channels).
    """
    before = flush_denormals()
    for start in range(0, length, TILE):
        rows = min(TILE, length - start)
        tile = start // TILE
        x = from_row(tokens, 0, start)
        if keep:
            copy_rows(work.x, HALO, sizes.inner, from_row(edges, tile, 0))
        project(x, rows, sizes, weights, work)
        copy_rows(from_row(work.x, 0, rows), HALO, sizes.inner, work.x)
        scan(
            scan_rows(weights, work), whole_tile(rows, sizes.inner), work.state, from_row(checkpoints, tile, 0),
            int(keep), work.y, work.scan,
        )  # fmt: skip
        total = from_row(mixed, 0, start) if keep else work.mixed
        _start_from_skip(x, rows, sizes.channels, weights.skip_scale, total)
        multiply(work.y, rows, sizes.inner, weights.out, sizes.channels, total, True)
        normalize(total, rows, sizes.channels, weights.norm_weight, weights.norm_bias, EPSILON, work.normed)
        result = from_row(out, 0, start)
        _start_from_bias(weights.proj_bias, rows, sizes.outputs, result)
        multiply(work.normed, rows, sizes.channels, weights.proj, sizes.outputs, result, True)
    restore_denormals(before)
