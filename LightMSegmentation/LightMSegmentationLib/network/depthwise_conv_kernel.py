"""The gradient of a 3x3x3 depthwise convolution's weight over sixteen channels, for numba."""

from __future__ import annotations

from typing import Any

import numpy as np

from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.memory import at
from LightMSegmentationLib.network.selective_scan.simd import load, splat, store


@compiled
def differentiate_weight(
    padded: Any, dy: Any, c: int, start: int, stop: int, rows: int, columns: int, sums: Any, job: int
) -> None:
    """Write to matrix ``job`` of ``sums`` (27, 16) the gradient from slices start..stop of channels c..c+16.

    ``dy`` is (slices * rows, columns, channels) and ``padded``, the input with a border of zeros,
    ((slices + 2) * (rows + 2), columns + 2, channels).
    """
    for tap_slice in range(3):
        for tap_row in range(3):
            s0, s1, s2 = splat(np.float32(0.0)), splat(np.float32(0.0)), splat(np.float32(0.0))
            for k in range(start, stop):
                for j in range(rows):
                    line = (k + tap_slice) * (rows + 2) + j + tap_row
                    x0, x1 = load(at(padded, line, 0, c)), load(at(padded, line, 1, c))
                    for i in range(columns):
                        x2 = load(at(padded, line, i + 2, c))
                        g = load(at(dy, k * rows + j, i, c))
                        s0, s1, s2 = s0 + g * x0, s1 + g * x1, s2 + g * x2
                        x0, x1 = x1, x2
            first_tap = 9 * tap_slice + 3 * tap_row
            store(at(sums, job, first_tap, 0), s0)
            store(at(sums, job, first_tap + 1, 0), s1)
            store(at(sums, job, first_tap + 2, 0), s2)
