"""Samples may have rates, skips and step biases of their own, as the directions of a two-dimensional scan have."""

from __future__ import annotations

import importlib.util

import pytest
import torch
from LightMSegmentationLib.network.selective_scan import selective_scan
from LightMSegmentationLib.network.selective_scan.reference import scan_reference
from torch import Tensor

from Testing.unit.network.selective_scan.scan_inputs import (
    inputs_with_own_parameters,
    relative_error,
    value_and_gradients,
)

needs_numba = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")
BACKENDS = ["reference", "chunked", pytest.param("numba", marks=needs_numba)]


def one_by_one(u, delta, A, B, C, D, z, delta_bias) -> Tensor:
    """Scan every sample by itself with the shared form of the parameters."""
    rows = range(len(u))
    part = [scan_reference(*(x[k : k + 1] for x in (u, delta)), A[k], *(x[k : k + 1] for x in (B, C)), D[k],
                           None if z is None else z[k : k + 1], delta_bias[k]) for k in rows]  # fmt: skip
    return torch.cat(part)


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize("shape", [(4, 33, 32, 16), (3, 40, 7, 5)])
@pytest.mark.parametrize("backend", BACKENDS)
def test_output_and_gradients_are_those_of_separate_scans(backend: str, shape: tuple, gated: bool) -> None:
    inputs = inputs_with_own_parameters(*shape, gated=gated)
    true_y, true_gradients = value_and_gradients(one_by_one, inputs, torch.float64)

    y, gradients = value_and_gradients(lambda *x: selective_scan(*x, backend=backend), inputs, torch.float32)

    assert relative_error(y, true_y) <= 1e-5
    assert max(relative_error(g, t) for g, t in zip(gradients, true_gradients, strict=True)) <= 1e-4


@needs_numba
def test_scans_split_along_the_sequence_keep_parameters_apart() -> None:
    inputs = inputs_with_own_parameters(2, 5000, 16, 16, gated=True)
    torch.set_num_threads(7)  # more threads than blocks of channels

    y = selective_scan(*inputs, backend="numba")

    truth = selective_scan(*(x.double() for x in inputs), backend="chunked")
    assert relative_error(y, truth) <= 1e-5
