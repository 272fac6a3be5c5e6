"""The plain PyTorch backend equals the reference, in value and gradient."""

from __future__ import annotations

import pytest
import torch
from LightMSegmentationLib.network.selective_scan.chunked import scan_chunked
from LightMSegmentationLib.network.selective_scan.reference import scan_reference

from Testing.unit.network.selective_scan.scan_inputs import relative_error, scan_inputs, value_and_gradients

SHAPES = [(1, 1, 16, 16), (2, 33, 32, 16), (1, 97, 5, 7), (1, 500, 3, 1), (2, 2, 4, 4)]


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_output_and_gradients_equal_the_float64_reference(shape, gated):
    inputs = scan_inputs(*shape, gated=gated)
    y, gradients = value_and_gradients(scan_chunked, inputs, torch.float32)
    true_y, true_gradients = value_and_gradients(scan_reference, inputs, torch.float64)
    assert relative_error(y, true_y) <= 1e-5
    for gradient, true_gradient in zip(gradients, true_gradients, strict=True):
        assert relative_error(gradient, true_gradient) <= 1e-4


def test_float64_equals_the_reference_to_thirteen_digits():
    inputs = scan_inputs(1, 301, 8, 16)
    y, gradients = value_and_gradients(scan_chunked, inputs, torch.float64)
    true_y, true_gradients = value_and_gradients(scan_reference, inputs, torch.float64)
    errors = [relative_error(a, b) for a, b in zip([y, *gradients], [true_y, *true_gradients], strict=True)]
    assert max(errors) <= 1e-13


def test_gradients_pass_the_numerical_check():
    inputs = [x.double().requires_grad_() for x in scan_inputs(2, 7, 3, 2)]
    assert torch.autograd.gradcheck(scan_chunked, inputs)


def test_huge_steps_forget_the_past_without_overflow():
    u, _, A, B, C, D, z, bias = scan_inputs(1, 200, 4, 16)
    steps = torch.full_like(u, 1e4)
    y = scan_chunked(u, steps, A, B, C, D, z, bias)
    every_row_alone = [x.transpose(0, 1) for x in (u, steps, B, C, z)]
    u, steps, B, C, z = every_row_alone
    assert torch.isfinite(y).all()
    torch.testing.assert_close(y, scan_chunked(u, steps, A, B, C, D, z, bias).transpose(0, 1))
