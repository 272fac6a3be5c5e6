"""Compiles Triton kernels for GPUs that need not be there, and reads what they take of one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

PARAMETERS = ("arrived", "after", "before", "bias", "D", "kept", "rates", "scratch", "steps", "sums", "taps")
WHOLE_NUMBERS = ("channels", "chunks", "length", "own", "rows", "tiles")


class Resources(NamedTuple):
    """Registers of a lane, and the bytes that did not fit into them."""

    registers: int
    spilled: int


def resources(kernel: triton.JITFunction, constants: dict, options: dict, capability: int, dtype: str) -> Resources:
    """Compile for a compute capability such as 90, arrays aligned to 16 bytes and tensors of ``dtype``."""
    return _read(_compiled(kernel, constants, options, capability, dtype).asm["cubin"])


def _compiled(kernel: triton.JITFunction, constants: dict, options: dict, capability: int, dtype: str):
    names = kernel.arg_names
    types = {name: _type(name, constants, dtype) for name in names}
    aligned = {(k,): [["tt.divisibility", 16]] for k, name in enumerate(names) if types[name].startswith("*")}
    source = ASTSource(kernel, types, {(names.index(name),): value for name, value in constants.items()}, aligned)
    return triton.compile(source, target=GPUTarget("cuda", capability, 32), options=options)


def _type(name: str, constants: dict, dtype: str) -> str:
    if name in constants:
        return "constexpr"
    if name in WHOLE_NUMBERS or re.search(r"_[bt]$", name):
        return "i32"
    return "*fp32" if name in PARAMETERS else f"*{dtype}"


def _read(machine_code: bytes) -> Resources:
    program = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "kernel.cubin"
        path.write_bytes(machine_code)
        command = [program, "--dump-resource-usage", path]
        listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = dict(re.findall(r"(REG|STACK):(\d+)", listing))
    return Resources(int(used["REG"]), int(used["STACK"]))
