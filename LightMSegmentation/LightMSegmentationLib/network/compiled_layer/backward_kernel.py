"""The way back through the layer, tile by tile from the last to the first, for numba.

What lies between the kept rows is computed again: reading it from memory would take longer.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from LightMSegmentationLib.network.compiled_layer.tile_conv import HALO, differentiate_convolution
from LightMSegmentationLib.network.compiled_layer.tile_norm import differentiate_norm, normalize
from LightMSegmentationLib.network.compiled_layer.tile_product import add_outer, multiply
from LightMSegmentationLib.network.compiled_layer.tile_projection import (
    EPSILON,
    copy_rows,
    from_column,
    from_row,
    project,
    scan_rows,
    whole_tile,
)
from LightMSegmentationLib.network.selective_scan.backward_kernel import retrace as retrace_scan
from LightMSegmentationLib.network.selective_scan.denormals import flush_denormals, restore_denormals
from LightMSegmentationLib.network.selective_scan.forward_kernel import TILE
from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.memory import Gradients, at
from LightMSegmentationLib.network.selective_scan.simd import LANES, load, store

_STATES = LANES


@njit
def _retrace_projection(
    mixed: Any, upstream: Any, rows: int, sizes: Any, weights: Any, work: Any, back: Any, sums: Any
) -> None:
    """Go back through the last projection and the second norm: fill ``dmixed``."""
    normalize(mixed, rows, sizes.channels, weights.norm_weight, weights.norm_bias, EPSILON, work.mixed)
    add_outer(upstream, sizes.outputs, rows, work.mixed, sizes.channels, sums.proj)
    _add_up_rows(upstream, rows, sizes.outputs, sums.proj_bias)
    multiply(upstream, rows, sizes.outputs, weights.proj_back, sizes.channels, back.dnormed, False)
    differentiate_norm(
        mixed, back.dnormed, rows, sizes.channels, weights.norm_weight, EPSILON, back.dmixed, False,
        sums.norm_weight, sums.norm_bias,
    )  # fmt: skip


@njit
def _add_up_rows(source: Any, rows: int, columns: int, target: Any) -> None:
    for c in range(0, columns, LANES):
        total = load(at(target, 0, 0, c))
        for t in range(rows):
            total = total + load(at(source, 0, t, c))
        store(at(target, 0, 0, c), total)


@njit
def _retrace_skip(tokens: Any, rows: int, channels: int, scale: Any, dmixed: Any, dtokens: Any, dscale: Any) -> None:
    """Write the gradient that reaches the tokens past the scan."""
    factor = load(at(scale, 0, 0, 0))
    total = load(at(dscale, 0, 0, 0))
    for t in range(rows):
        for c in range(0, channels, LANES):
            g = load(at(dmixed, 0, t, c))
            store(at(dtokens, 0, t, c), factor * g)
            total = total + g * load(at(tokens, 0, t, c))
    store(at(dscale, 0, 0, 0), total)


@njit
def _retrace_scan(rows: int, sizes: Any, weights: Any, checkpoints: Any, work: Any, back: Any, sums: Any) -> None:
    """Go back through out-projection and scan: fill ``du``, ``ddelta``, ``dz``, and ``dmix`` of B and C."""
    multiply(back.dmixed, rows, sizes.channels, weights.out_back, sizes.inner, back.dy, False)
    gradients = Gradients(
        back.du, back.ddelta, sums.rates, from_column(back.dmix, 0), from_column(back.dmix, _STATES), sums.D, back.dz,
        sums.step_bias, work.y,
    )  # fmt: skip
    retrace_scan(
        scan_rows(weights, work), whole_tile(rows, sizes.inner), back.adjoint, checkpoints, 1, back.dy, gradients,
        back.scan, back.pulls,
    )  # fmt: skip
    add_outer(back.dmixed, sizes.channels, rows, work.y, sizes.inner, sums.out)


@njit
def _retrace_mix(rows: int, sizes: Any, weights: Any, work: Any, back: Any, sums: Any) -> None:
    """Go back through the projections to step, B and C: add to ``du``."""
    step, dstep = from_column(work.mix, 2 * _STATES), from_column(back.dmix, 2 * _STATES)
    columns = sizes.mixed - 2 * _STATES
    multiply(back.ddelta, rows, sizes.inner, weights.step_back, columns, dstep, False)
    add_outer(step, sizes.rank, rows, back.ddelta, sizes.inner, sums.step)
    multiply(back.dmix, rows, 2 * _STATES + sizes.rank, weights.mix_back, sizes.inner, back.du, True)
    add_outer(work.u, sizes.inner, rows, back.dmix, sizes.mixed, sums.mix)


@njit
def _retrace_in_projection(
    tokens: Any, rows: int, sizes: Any, weights: Any, work: Any, back: Any, dtokens: Any, sums: Any
) -> None:
    """Go back through convolution, in-projection and first norm: add to ``dtokens``."""
    differentiate_convolution(
        work.x, weights.taps, back.du, work.slope, rows, sizes.inner, back.g, back.dx, sums.taps, sums.conv_bias
    )
    copy_rows(back.g, HALO, sizes.inner, from_row(back.g, 0, TILE))
    multiply(back.dx, rows, sizes.inner, weights.in_x_back, sizes.channels, back.dnormed, False)
    multiply(back.dz, rows, sizes.inner, weights.in_z_back, sizes.channels, back.dnormed, True)
    add_outer(back.dx, sizes.inner, rows, work.normed, sizes.channels, sums.in_x)
    add_outer(back.dz, sizes.inner, rows, work.normed, sizes.channels, sums.in_z)
    differentiate_norm(
        tokens, back.dnormed, rows, sizes.channels, weights.norm_weight, EPSILON, dtokens, True,
        sums.norm_weight, sums.norm_bias,
    )  # fmt: skip


@compiled
def retrace(
    tokens: Any, length: int, sizes: Any, weights: Any, work: Any, back: Any, edges: Any, checkpoints: Any, mixed: Any,
    upstream: Any, dtokens: Any, sums: Any,
) -> None:  # fmt: skip
    """Write the gradient of one sample's tokens (length, channels) and add those of the parameters to ``sums``.

    ``upstream`` is the gradient of the result, (length, outputs); the rest is what the way forward kept.
    """
    before = flush_denormals()
    tiles = -(-length // TILE)
    for tile in range(tiles - 1, -1, -1):
        start = tile * TILE
        rows = min(TILE, length - start)
        x, dx = from_row(tokens, 0, start), from_row(dtokens, 0, start)
        copy_rows(from_row(edges, tile, 0), HALO, sizes.inner, work.x)
        project(x, rows, sizes, weights, work)
        _retrace_projection(
            from_row(mixed, 0, start), from_row(upstream, 0, start), rows, sizes, weights, work, back, sums
        )
        _retrace_skip(x, rows, sizes.channels, weights.skip_scale, back.dmixed, dx, sums.skip_scale)
        _retrace_scan(rows, sizes, weights, from_row(checkpoints, tile, 0), work, back, sums)
        _retrace_mix(rows, sizes, weights, work, back, sums)
        _retrace_in_projection(x, rows, sizes, weights, work, back, dx, sums)
    restore_denormals(before)
