"""The numba backend equals the float64 reference."""

from __future__ import annotations

import pytest
import torch

from LightMSegmentationLib.network.selective_scan.reference import scan_reference
from Testing.unit.network.selective_scan.scan_inputs import relative_error, scan_inputs, value_and_gradients

compiled = pytest.importorskip(
    "LightMSegmentationLib.network.selective_scan.compiled", reason="numba is not installed", exc_type=ImportError
)

SHAPES = [(1, 1, 16, 16), (2, 33, 32, 16), (1, 97, 40, 16), (2, 64, 16, 5), (1, 500, 7, 3), (1, 31, 64, 16)]


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_output_and_gradients_equal_the_float64_reference(shape, gated):
    inputs = scan_inputs(*shape, gated=gated)
    y, gradients = value_and_gradients(compiled.scan_compiled, inputs, torch.float32)
    true_y, true_gradients = value_and_gradients(scan_reference, inputs, torch.float64)
    assert relative_error(y, true_y) <= 1e-5
    for gradient, true_gradient in zip(gradients, true_gradients, strict=True):
        assert relative_error(gradient, true_gradient) <= 1e-4
