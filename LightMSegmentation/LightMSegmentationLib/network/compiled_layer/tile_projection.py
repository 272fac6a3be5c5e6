"""From a tile's tokens to what its scan reads, for numba."""

from __future__ import annotations

from typing import Any

from numba import njit

from LightMSegmentationLib.network.compiled_layer.tile_conv import HALO, convolve
from LightMSegmentationLib.network.compiled_layer.tile_norm import normalize
from LightMSegmentationLib.network.compiled_layer.tile_product import multiply
from LightMSegmentationLib.network.selective_scan.memory import Rows, ScanRows, Stretch, at
from LightMSegmentationLib.network.selective_scan.simd import LANES, load, store

# Of torch's LayerNorm.
EPSILON = 1e-5
_STATES = LANES


@njit(forceinline=True)
def from_row(rows: Any, matrix: int, row: int) -> Any:
    """Return the same rows, counted from the given one on."""
    return Rows(at(rows, matrix, row, 0), rows.matrix_stride, rows.row_stride)


@njit(forceinline=True)
def from_column(rows: Any, column: int) -> Any:
    """Return the same rows, their columns counted from the given one on."""
    return Rows(at(rows, 0, 0, column), rows.matrix_stride, rows.row_stride)


@njit
def copy_rows(source: Any, rows: int, columns: int, target: Any) -> None:
    """Copy whole vectors of columns."""
    for t in range(rows):
        for c in range(0, columns, LANES):
            store(at(target, 0, t, c), load(at(source, 0, t, c)))


@njit
def project(tokens: Any, rows: int, sizes: Any, weights: Any, work: Any) -> None:
    """Fill ``normed``, ``x``, ``z``, ``u``, ``slope``, ``mix`` and ``delta`` of the workspace for a tile's tokens.

    The rows before the tile are in the workspace's ``x`` already.
    """
    normalize(tokens, rows, sizes.channels, weights.norm_weight, weights.norm_bias, EPSILON, work.normed)
    multiply(work.normed, rows, sizes.channels, weights.in_x, sizes.inner, from_row(work.x, 0, HALO), False)
    multiply(work.normed, rows, sizes.channels, weights.in_z, sizes.inner, work.z, False)
    convolve(work.x, weights.taps, weights.conv_bias, rows, sizes.inner, work.u, work.slope)
    multiply(work.u, rows, sizes.inner, weights.mix, sizes.mixed, work.mix, False)
    multiply(from_column(work.mix, 2 * _STATES), rows, sizes.rank, weights.step, sizes.inner, work.delta, False)


@njit(forceinline=True)
def scan_rows(weights: Any, work: Any) -> Any:
    """Return the tile as the scan's kernels read it."""
    B, C = from_column(work.mix, 0), from_column(work.mix, _STATES)
    return ScanRows(
        work.u, work.delta, weights.rates, B, C, weights.D, work.z, weights.step_bias, _STATES, True
    )  # fmt: skip


@njit(forceinline=True)
def whole_tile(rows: int, inner: int) -> Any:
    """Return the stretch of a scan that covers a tile."""
    return Stretch(0, 0, 0, 0, inner, 0, rows)
