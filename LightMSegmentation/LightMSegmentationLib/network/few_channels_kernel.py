"""A 3x3x3 convolution of one channel, for numba: sixteen neighbors along a row at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from LightMSegmentationLib.network.selective_scan.kernel_cache import compiled
from LightMSegmentationLib.network.selective_scan.memory import at
from LightMSegmentationLib.network.selective_scan.simd import LANES, load, splat, spread, store


@compiled
def convolve(padded: Any, taps: Any, start: int, stop: int, rows: int, columns: int, y: Any) -> None:
    """Write slices start..stop of ``y`` (slices, rows, columns); columns are whole vectors.

    ``padded``, the input with a border of zeros, is (slices + 2, rows + 2, columns + 2), ``taps`` (1, 27).
    """
    for k in range(start, stop):
        for j in range(rows):
            for i in range(0, columns, LANES):
                total = splat(np.float32(0.0))
                for tap in range(27):
                    around = load(at(padded, k + tap // 9, j + tap // 3 % 3, i + tap % 3))
                    total = total + spread(at(taps, 0, 0, tap)) * around
                store(at(y, k, j, i), total)
