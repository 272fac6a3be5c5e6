"""Denormal numbers count as zero inside a kernel, and only there.

A state that decays without new input ends in denormal numbers, on which x86 processors are fifteen times slower. Other
processors handle them at full speed and are left alone.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

_CONTROL = ir.IntType(32)
# Bits of the MXCSR register: results are flushed to zero, and denormal operands are zero.
_FLUSH = 0x8000 | 0x0040


def _is_x86(builder: Any) -> bool:
    return builder.module.triple.startswith(("x86", "i386", "i686"))


def _exchange(builder: Any, instruction: str, slot: Any) -> None:
    pointer = builder.bitcast(slot, ir.IntType(8).as_pointer())
    function_type = ir.FunctionType(ir.VoidType(), [pointer.type])
    name = f"llvm.x86.sse.{instruction}"
    builder.call(cgutils.get_or_insert_function(builder.module, function_type, name), [pointer])


@intrinsic
def flush_denormals(_typing: Any) -> Any:
    """Let denormal numbers count as zero from here on; return the setting that was in force."""

    def generate(_context: Any, builder: Any, _signature: Any, _args: Any) -> Any:
        if not _is_x86(builder):
            return ir.Constant(_CONTROL, 0)
        slot = cgutils.alloca_once(builder, _CONTROL)
        _exchange(builder, "stmxcsr", slot)
        before = builder.load(slot)
        builder.store(builder.or_(before, ir.Constant(_CONTROL, _FLUSH)), slot)
        _exchange(builder, "ldmxcsr", slot)
        return before

    return types.int32(), generate


@intrinsic
def restore_denormals(_typing: Any, before: Any) -> Any:
    """Return to the setting that :func:`flush_denormals` found."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        if _is_x86(builder):
            slot = cgutils.alloca_once_value(builder, args[0])
            _exchange(builder, "ldmxcsr", slot)
        return context.get_dummy_value()

    return types.void(types.int32), generate
