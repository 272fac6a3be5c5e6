"""How kernels see tensors: an address and two strides, whatever view the tensor is."""

from __future__ import annotations

from typing import Any, NamedTuple

from numba import njit
from torch import Tensor

_FLOAT_BYTES = 4


class Rows(NamedTuple):
    """A float32 tensor (matrices, rows, columns) with touching columns; strides in bytes.

    Numba compiles a kernel once for this form, not for every layout a tensor may have. The holder of the tensor keeps
    it alive.
    """

    address: int
    matrix_stride: int
    row_stride: int


def rows_of(tensor: Tensor) -> Rows:
    """Describe a float32 tensor of one to three dimensions whose last axis is contiguous."""
    strides = (0, 0, *tensor.stride())[-3:-1]
    return Rows(tensor.data_ptr(), strides[0] * _FLOAT_BYTES, strides[1] * _FLOAT_BYTES)


@njit(forceinline=True)
def at(rows: Any, matrix: Any, row: Any, column: Any) -> Any:
    """Return the address of an element; nothing is checked."""
    return rows.address + matrix * rows.matrix_stride + row * rows.row_stride + column * _FLOAT_BYTES


NOWHERE = Rows(0, 0, 0)
"""Says that something need not be written."""


class ScanRows(NamedTuple):
    """All inputs of a scan.

    ``rates`` is A * log2(e) in blocks of sixteen channels: (batch, blocks * states, 16). ``D`` and ``delta_bias`` are
    (batch, 1, channels). Where all samples share them, the stride between samples is zero. Without a gate ``z`` is
    never read.
    """

    u: Rows
    delta: Rows
    rates: Rows
    B: Rows
    C: Rows
    D: Rows
    z: Rows
    delta_bias: Rows
    states: int
    gated: bool


class Stretch(NamedTuple):
    """The part of a scan that one kernel call works on: channels and rows, from first to before last, of one sample.

    ``number`` counts the stretches of a scan; ``share`` counts those that differ in sample or channels. ``first_row``
    is a multiple of the tile.
    """

    number: int
    share: int
    sample: int
    first_channel: int
    last_channel: int
    first_row: int
    last_row: int


class Gradients(NamedTuple):
    """Where the kernel of the way back puts gradients, by the input's name, and the scan's result, computed again."""

    u: Rows
    delta: Rows
    A: Rows
    B: Rows
    C: Rows
    D: Rows
    z: Rows
    delta_bias: Rows
    y: Rows = NOWHERE
