"""LayerNorm of the rows of a tile and its gradient, for numba."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from LightMSegmentationLib.network.selective_scan.memory import at
from LightMSegmentationLib.network.selective_scan.simd import LANES, load, splat, store, total


@njit(forceinline=True)
def _mean_and_scale(x: Any, t: int, channels: int, epsilon: float) -> Any:
    """Return mean and reciprocal standard deviation of a row; the variance is taken about the mean."""
    whole = splat(np.float32(0.0))
    for c in range(0, channels, LANES):
        whole = whole + load(at(x, 0, t, c))
    mean = total(whole) / np.float32(channels)
    squares = splat(np.float32(0.0))
    for c in range(0, channels, LANES):
        off = load(at(x, 0, t, c)) - splat(mean)
        squares = squares + off * off
    variance = total(squares) / np.float32(channels)
    return splat(mean), splat(np.float32(1.0) / np.float32(math.sqrt(variance + epsilon)))


@njit
def normalize(x: Any, rows: int, channels: int, gamma: Any, beta: Any, epsilon: float, y: Any) -> None:
    """Write the normalized rows of ``x`` (rows, channels) to ``y``."""
    for t in range(rows):
        mean, scale = _mean_and_scale(x, t, channels, epsilon)
        for c in range(0, channels, LANES):
            hat = (load(at(x, 0, t, c)) - mean) * scale
            store(at(y, 0, t, c), hat * load(at(gamma, 0, 0, c)) + load(at(beta, 0, 0, c)))


@njit
def differentiate_norm(
    x: Any, dy: Any, rows: int, channels: int, gamma: Any, epsilon: float, dx: Any, add: bool, dgamma: Any, dbeta: Any
) -> None:
    """Write (or add) the gradient of ``x`` to ``dx`` and add those of gamma and beta, each (1, channels)."""
    count = np.float32(channels)
    for t in range(rows):
        mean, scale = _mean_and_scale(x, t, channels, epsilon)
        pull, along = splat(np.float32(0.0)), splat(np.float32(0.0))
        for c in range(0, channels, LANES):
            hat = (load(at(x, 0, t, c)) - mean) * scale
            g = load(at(dy, 0, t, c))
            store(at(dgamma, 0, 0, c), load(at(dgamma, 0, 0, c)) + g * hat)
            store(at(dbeta, 0, 0, c), load(at(dbeta, 0, 0, c)) + g)
            g = g * load(at(gamma, 0, 0, c))
            pull = pull + g
            along = along + g * hat
        mean_pull, mean_along = splat(total(pull) / count), splat(total(along) / count)
        for c in range(0, channels, LANES):
            hat = (load(at(x, 0, t, c)) - mean) * scale
            g = load(at(dy, 0, t, c)) * load(at(gamma, 0, 0, c))
            value = scale * (g - mean_pull - hat * mean_along)
            if add:
                value = value + load(at(dx, 0, t, c))
            store(at(dx, 0, t, c), value)
