"""A vector of sixteen float32 values for numba, so that kernels say what is vectorized instead of hoping for it.

LLVM turns the type into one AVX-512 register, two AVX2 registers or four NEON registers. Multiplications and additions may be
contracted into fused ones; nothing else is reordered, which the rounding tricks of ``vector_math`` rely on.
"""

from __future__ import annotations

import operator

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

LANES = 16
_FLOATS = ir.VectorType(ir.FloatType(), LANES)
_INTS = ir.VectorType(ir.IntType(32), LANES)
_CONTRACT = ("contract",)


class Float32x16(types.Type):
    """The numba type of a vector."""

    def __init__(self) -> None:
        super().__init__(name="Float32x16")


float32x16 = Float32x16()


@register_model(Float32x16)
class _Float32x16Model(models.PrimitiveModel):
    def __init__(self, manager, numba_type):
        super().__init__(manager, numba_type, _FLOATS)


def _define_operator(function, instruction: str) -> None:
    @infer_global(function)
    class _Template(ConcreteTemplate):
        cases = [signature(float32x16, float32x16, float32x16)]

    @lower_builtin(function, float32x16, float32x16)
    def _lower(_context, builder, _sig, args):
        return getattr(builder, instruction)(*args, flags=_CONTRACT)


for _function, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define_operator(_function, _instruction)


def _llvm_call(builder, name: str, result: ir.Type, *args):
    function_type = ir.FunctionType(result, [arg.type for arg in args])
    return builder.call(cgutils.get_or_insert_function(builder.module, function_type, name), args)


def _pointer(context, builder, sig, args, element: ir.Type):
    """Address of ``array[index]``; no bounds check, no negative index."""
    array_type, index_type = sig.args[:2]
    array = context.make_array(array_type)(context, builder, args[0])
    index = [
        context.cast(builder, item, item_type, types.intp)
        for item, item_type in zip(cgutils.unpack_tuple(builder, args[1]), index_type, strict=True)
    ]
    pointer = cgutils.get_item_pointer(context, builder, array_type, array, index, wraparound=False)
    return builder.bitcast(pointer, element.as_pointer())


@intrinsic
def load(typingctx, array, index):
    """Read sixteen neighbors along the contiguous last axis, from ``array[index]`` on."""

    def generate(context, builder, sig, args):
        loaded = builder.load(_pointer(context, builder, sig, args, _FLOATS))
        loaded.align = 4
        return loaded

    return float32x16(array, index), generate


@intrinsic
def store(typingctx, array, index, value):
    """Write sixteen neighbors along the contiguous last axis, from ``array[index]`` on."""

    def generate(context, builder, sig, args):
        stored = builder.store(args[2], _pointer(context, builder, sig, args, _FLOATS))
        stored.align = 4
        return context.get_dummy_value()

    return types.void(array, index, value), generate


@intrinsic
def splat(typingctx, value):
    """Return a vector with ``value`` in every lane."""

    def generate(context, builder, sig, args):
        scalar = context.cast(builder, args[0], sig.args[0], types.float32)
        single = builder.insert_element(ir.Constant(_FLOATS, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(single, ir.Constant(_FLOATS, ir.Undefined), ir.Constant(_INTS, [0] * LANES))

    return float32x16(value), generate


@intrinsic
def maximum(typingctx, a, b):
    """Return the larger value of each lane."""

    def generate(_context, builder, _sig, args):
        return builder.select(builder.fcmp_ordered(">", *args), *args)

    return float32x16(float32x16, float32x16), generate


@intrinsic
def where_negative(typingctx, condition, a, b):
    """Return ``a`` in the lanes where ``condition`` is below zero and ``b`` elsewhere."""

    def generate(_context, builder, _sig, args):
        zero = ir.Constant(_FLOATS, [0.0] * LANES)
        return builder.select(builder.fcmp_ordered("<", args[0], zero), args[1], args[2])

    return float32x16(float32x16, float32x16, float32x16), generate


@intrinsic
def times_power_of_two(typingctx, value, shifted):
    """Multiply by 2**n, where the low bits of ``shifted`` (n + 1.5 * 2**23 as a float) hold the integer n."""

    def generate(_context, builder, _sig, args):
        exponent = builder.shl(builder.bitcast(args[1], _INTS), ir.Constant(_INTS, [23] * LANES))
        return builder.bitcast(builder.add(builder.bitcast(args[0], _INTS), exponent), _FLOATS)

    return float32x16(float32x16, float32x16), generate


@intrinsic
def total(typingctx, value):
    """Return the sum of the lanes as a float32."""

    def generate(_context, builder, _sig, args):
        zero = ir.Constant(ir.FloatType(), -0.0)
        name = f"llvm.vector.reduce.fadd.v{LANES}f32"
        function_type = ir.FunctionType(ir.FloatType(), [ir.FloatType(), _FLOATS])
        function = cgutils.get_or_insert_function(builder.module, function_type, name)
        return builder.call(function, [zero, args[0]], fastmath=("reassoc",))

    return types.float32(float32x16), generate
