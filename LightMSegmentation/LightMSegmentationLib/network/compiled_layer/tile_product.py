"""Matrix products of tiles that fit into the first cache, for numba.

Sixteen columns of several rows of the result stay in registers while the inner dimension is walked: each vector of the
right matrix is loaded once for all these rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.extending import intrinsic

from LightMSegmentationLib.network.selective_scan.memory import at
from LightMSegmentationLib.network.selective_scan.simd import LANES
from LightMSegmentationLib.network.selective_scan.vector_math import HAS_AVX512

_FLOAT = ir.FloatType()
_FLOATS = ir.VectorType(_FLOAT, LANES)
_FLOAT_BYTES = 4
# As many accumulators as keep the multipliers busy without spilling: a vector is one of 32 registers with AVX-512, two
# or four of 16 or 32 elsewhere.
_ROWS_AT_ONCE = 8 if HAS_AVX512 else 4


def _product_of(rows: int) -> Callable:
    """Return the product of ``rows`` rows with sixteen columns, fully in registers."""

    @intrinsic
    def product(
        _typing: Any, left: Any, row_step: Any, inner_step: Any, depth: Any, right: Any, right_step: Any,
        target: Any, target_step: Any, add: Any,
    ) -> Any:  # fmt: skip
        def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            left, row_step, inner_step, depth, right, right_step, target, target_step, add = args
            zero = ir.Constant(_FLOATS, [0.0] * LANES)
            totals = [cgutils.alloca_once_value(builder, zero) for _ in range(rows)]
            with cgutils.for_range(builder, depth) as loop:
                vector = _load(builder, _moved(builder, right, loop.index, right_step))
                column = _moved(builder, left, loop.index, inner_step)
                for row, total in enumerate(totals):
                    scalar = _spread(builder, builder.add(column, _times(builder, row_step, row)))
                    product = builder.fmul(scalar, vector, flags=("contract",))
                    builder.store(builder.fadd(builder.load(total), product, flags=("contract",)), total)
            for row, total in enumerate(totals):
                address = builder.add(target, _times(builder, target_step, row))
                value = builder.load(total)
                sum_ = builder.fadd(_load(builder, address), value)
                stored = builder.store(builder.select(add, sum_, value), _pointer(builder, address, _FLOATS))
                stored.align = _FLOAT_BYTES
            return context.get_dummy_value()

        whole = types.int64
        return types.void(whole, whole, whole, whole, whole, whole, whole, whole, types.boolean), generate

    return product


def _pointer(builder: Any, address: Any, element: ir.Type) -> Any:
    return builder.inttoptr(address, element.as_pointer())


def _load(builder: Any, address: Any) -> Any:
    loaded = builder.load(_pointer(builder, address, _FLOATS))
    loaded.align = _FLOAT_BYTES
    return loaded


def _spread(builder: Any, address: Any) -> Any:
    undefined = ir.Constant(_FLOATS, ir.Undefined)
    scalar = builder.load(_pointer(builder, address, _FLOAT))
    single = builder.insert_element(undefined, scalar, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(single, undefined, zeros)


def _times(builder: Any, step: Any, count: int) -> Any:
    return builder.mul(step, ir.Constant(step.type, count))


def _moved(builder: Any, address: Any, index: Any, step: Any) -> Any:
    return builder.add(address, builder.mul(index, step))


_several_rows = _product_of(_ROWS_AT_ONCE)
_one_row = _product_of(1)


@njit
def _multiply(
    left: Any, row_step: int, inner_step: int, rows: int, depth: int, right: Any, columns: int, target: Any, add: bool
) -> None:
    for c in range(0, columns, LANES):
        r = 0
        while r + _ROWS_AT_ONCE <= rows:
            _several_rows(
                left + r * row_step, row_step, inner_step, depth, at(right, 0, 0, c), right.row_stride,
                at(target, 0, r, c), target.row_stride, add,
            )  # fmt: skip
            r += _ROWS_AT_ONCE
        while r < rows:
            _one_row(
                left + r * row_step, row_step, inner_step, depth, at(right, 0, 0, c), right.row_stride,
                at(target, 0, r, c), target.row_stride, add,
            )  # fmt: skip
            r += 1


@njit
def multiply(left: Any, rows: int, depth: int, right: Any, columns: int, target: Any, add: bool) -> None:
    """Write left (rows, depth) @ right (depth, columns) to ``target``, or add it; columns are whole vectors."""
    _multiply(left.address, left.row_stride, _FLOAT_BYTES, rows, depth, right, columns, target, add)


@njit
def add_outer(left: Any, rows: int, depth: int, right: Any, columns: int, target: Any) -> None:
    """Add transposed left (depth, rows) @ right (depth, columns) to ``target`` (rows, columns)."""
    _multiply(left.address, _FLOAT_BYTES, left.row_stride, rows, depth, right, columns, target, True)
