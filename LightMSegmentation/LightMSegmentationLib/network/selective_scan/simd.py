"""A vector of sixteen float32 values for numba, so that kernels say what is vectorized instead of hoping for it.

LLVM turns the type into one AVX-512 register, two AVX2 registers or four NEON registers. Multiplications and
additions may be contracted into fused ones; nothing else is reordered, which the rounding tricks of ``vector_math``
rely on.
"""

from __future__ import annotations

import operator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

LANES = 16
_FLOAT = ir.FloatType()
_INT = ir.IntType(32)
_FLOATS = ir.VectorType(_FLOAT, LANES)
_INTS = ir.VectorType(_INT, LANES)
# Operands of AVX-512 instructions.
_EVERY_LANE = ir.Constant(ir.IntType(LANES), -1)
_TO_NEAREST_WHOLE = ir.Constant(_INT, 0)
_CURRENT_ROUNDING = ir.Constant(_INT, 4)


class Float32x16(types.Type):
    """The numba type of a vector."""

    def __init__(self) -> None:
        super().__init__(name="Float32x16")


float32x16 = Float32x16()


@register_model(Float32x16)
class _Float32x16Model(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: types.Type) -> None:
        super().__init__(manager, numba_type, _FLOATS)


def _define_operator(function: Any, instruction: str) -> None:
    @infer_global(function)
    class _Template(ConcreteTemplate):
        cases = (signature(float32x16, float32x16, float32x16),)

    @lower_builtin(function, float32x16, float32x16)
    def _lower(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return getattr(builder, instruction)(*args, flags=("contract",))


for _function, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define_operator(_function, _instruction)


def _call(builder: Any, name: str, result: ir.Type, args: list) -> Any:
    function_type = ir.FunctionType(result, [arg.type for arg in args])
    return builder.call(cgutils.get_or_insert_function(builder.module, function_type, name), args)


def _indices(values: list[int]) -> ir.Constant:
    return ir.Constant(ir.VectorType(_INT, len(values)), values)


def _spread(builder: Any, scalar: Any) -> Any:
    undefined = ir.Constant(_FLOATS, ir.Undefined)
    single = builder.insert_element(undefined, scalar, ir.Constant(_INT, 0))
    return builder.shuffle_vector(single, undefined, _indices([0] * LANES))


def _pointer(builder: Any, address: Any, element: ir.Type) -> Any:
    return builder.inttoptr(address, element.as_pointer())


@intrinsic
def load(_typing: Any, address: Any) -> Any:
    """Return the sixteen values at ``address``."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        loaded = builder.load(_pointer(builder, args[0], _FLOATS))
        loaded.align = 4
        return loaded

    return float32x16(types.int64), generate


@intrinsic
def store(_typing: Any, address: Any, vector: Any) -> Any:
    """Write ``vector`` to ``address``."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        stored = builder.store(args[1], _pointer(builder, args[0], _FLOATS))
        stored.align = 4
        return context.get_dummy_value()

    return types.void(types.int64, float32x16), generate


@intrinsic
def prefetch(_typing: Any, address: Any) -> Any:
    """Fetch what is at ``address`` into the second-level cache, ahead of its use; the address need not exist."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        to_read, second_level, data = (ir.Constant(_INT, value) for value in (0, 2, 1))
        pointer = _pointer(builder, args[0], ir.IntType(8))
        _call(builder, "llvm.prefetch.p0i8", ir.VoidType(), [pointer, to_read, second_level, data])
        return context.get_dummy_value()

    return types.void(types.int64), generate


@intrinsic
def spread(_typing: Any, address: Any) -> Any:
    """Return a vector with the one value at ``address`` in every lane."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return _spread(builder, builder.load(_pointer(builder, args[0], _FLOAT)))

    return float32x16(types.int64), generate


@intrinsic
def splat(_typing: Any, value: Any) -> Any:
    """Return a vector with ``value`` in every lane."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return _spread(builder, args[0])

    return float32x16(types.float32), generate


@intrinsic
def maximum(_typing: Any, a: Any, b: Any) -> Any:
    """Return the larger value of each lane."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", *args), *args)

    return float32x16(float32x16, float32x16), generate


@intrinsic
def where_negative(_typing: Any, condition: Any, a: Any, b: Any) -> Any:
    """Return ``a`` in the lanes where ``condition`` is below zero and ``b`` elsewhere."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        zero = ir.Constant(_FLOATS, [0.0] * LANES)
        return builder.select(builder.fcmp_ordered("<", args[0], zero), args[1], args[2])

    return float32x16(float32x16, float32x16, float32x16), generate


@intrinsic
def equal(_typing: Any, a: Any, b: Any) -> Any:
    """Tell whether all lanes are equal; one that is not a number equals nothing."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        lanes = builder.bitcast(builder.fcmp_ordered("==", *args), ir.IntType(LANES))
        return builder.icmp_signed("==", lanes, _EVERY_LANE)

    return types.boolean(float32x16, float32x16), generate


@intrinsic
def largest(_typing: Any, vector: Any) -> Any:
    """Return the largest lane."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return _call(builder, f"llvm.vector.reduce.fmax.v{LANES}f32", _FLOAT, list(args))

    return types.float32(float32x16), generate


@intrinsic
def total(_typing: Any, vector: Any) -> Any:
    """Return the sum of the lanes, added in pairs."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        vector = args[0]
        half = LANES // 2
        while half:
            others = [lane ^ half for lane in range(LANES)]
            vector = builder.fadd(vector, builder.shuffle_vector(vector, vector, _indices(others)))
            half //= 2
        return builder.extract_element(vector, ir.Constant(_INT, 0))

    return types.float32(float32x16), generate


@intrinsic
def add_to_exponent(_typing: Any, vector: Any, shifted: Any) -> Any:
    """Multiply by 2**n, where the low bits of ``shifted`` (n + 1.5 * 2**23 as a float) hold the integer n."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        exponent = builder.shl(builder.bitcast(args[1], _INTS), ir.Constant(_INTS, [23] * LANES))
        return builder.bitcast(builder.add(builder.bitcast(args[0], _INTS), exponent), _FLOATS)

    return float32x16(float32x16, float32x16), generate


@intrinsic
def fraction_avx512(_typing: Any, vector: Any) -> Any:
    """Return what is left after subtracting the nearest whole number, in [-0.5, 0.5]."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        operands = [args[0], _TO_NEAREST_WHOLE, args[0], _EVERY_LANE, _CURRENT_ROUNDING]
        return _call(builder, "llvm.x86.avx512.mask.reduce.ps.512", _FLOATS, operands)

    return float32x16(float32x16), generate


@intrinsic
def scale_avx512(_typing: Any, vector: Any, exponent: Any) -> Any:
    """Multiply by 2**exponent for whole exponents, down to zero."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        operands = [*args, args[0], _EVERY_LANE, _CURRENT_ROUNDING]
        return _call(builder, "llvm.x86.avx512.mask.scalef.ps.512", _FLOATS, operands)

    return float32x16(float32x16, float32x16), generate


@intrinsic
def rough_reciprocal_avx512(_typing: Any, vector: Any) -> Any:
    """Return 1 / vector with fourteen correct bits."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return _call(builder, "llvm.x86.avx512.rcp14.ps.512", _FLOATS, [args[0], args[0], _EVERY_LANE])

    return float32x16(float32x16), generate


@intrinsic
def sums(_typing: Any, address: Any) -> Any:
    """Return the sums of the sixteen vectors that follow each other at ``address``, one sum a lane.

    Halves of two vectors are added into one until a single vector is left: 15 additions in all, where summing the
    lanes of each vector by itself takes 64.
    """

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        block = builder.load(_pointer(builder, args[0], ir.ArrayType(_FLOATS, LANES)))
        block.align = 4
        vectors = [builder.extract_value(block, k) for k in range(LANES)]
        while len(vectors) > 1:
            half = len(vectors) // 2
            vectors = [_add_halves(builder, a, b, half) for a, b in zip(vectors[:half], vectors[half:], strict=True)]
        return vectors[0]

    return float32x16(types.int64), generate


def _add_halves(builder: Any, a: Any, b: Any, half: int) -> Any:
    """Every run of 2 * half lanes holds parts of one sum: add the halves of the runs, those of a and b alternating."""
    first = [start + lane for run in range(0, LANES, 2 * half) for start in (run, LANES + run) for lane in range(half)]
    second = [lane + half for lane in first]
    return builder.fadd(builder.shuffle_vector(a, b, _indices(first)), builder.shuffle_vector(a, b, _indices(second)))


@intrinsic
def transpose(_typing: Any, address: Any, stride: Any, target: Any, target_stride: Any) -> Any:
    """Write the 16 x 16 values at ``address`` transposed to ``target``; rows are so many bytes apart.

    Four rounds of interleaving the first half of the rows with the second.
    """

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        address, stride, target, target_stride = args
        rows = []
        for k in range(LANES):
            row = builder.load(_pointer(builder, _offset(builder, address, stride, k), _FLOATS))
            row.align = 4
            rows.append(row)
        half = LANES // 2
        low = _indices([lane // 2 + LANES * (lane % 2) for lane in range(LANES)])
        high = _indices([half + lane // 2 + LANES * (lane % 2) for lane in range(LANES)])
        for _ in range(4):
            pairs = zip(rows[:half], rows[half:], strict=True)
            rows = [builder.shuffle_vector(a, b, mask) for a, b in pairs for mask in (low, high)]
        for k, row in enumerate(rows):
            builder.store(row, _pointer(builder, _offset(builder, target, target_stride, k), _FLOATS)).align = 4
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64, types.int64), generate


def _offset(builder: Any, address: Any, stride: Any, count: int) -> Any:
    return builder.add(address, builder.mul(stride, ir.Constant(stride.type, count)))
