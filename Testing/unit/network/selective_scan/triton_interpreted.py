"""Tests of the Triton kernels on the CPU, by Triton's interpreter; ``test_triton`` runs them in a process of their own.

Chunks are made short, so that short sequences have many.
"""

from __future__ import annotations

import pytest
import torch
from LightMSegmentationLib.network.selective_scan import triton_scan
from LightMSegmentationLib.network.selective_scan.reference import scan_reference
from LightMSegmentationLib.network.selective_scan.triton_scan import Problem, scan_triton

from Testing.unit.network.selective_scan.scan_inputs import (
    inputs_with_own_parameters,
    relative_error,
    scan_inputs,
    value_and_gradients,
)

OUTPUT_BOUND = 1e-5
GRADIENT_BOUND = 1e-4


@pytest.fixture(autouse=True)
def _short_chunks(monkeypatch):
    monkeypatch.setattr(triton_scan, "LEAST_ROWS", 16)


def assert_equals_reference(inputs):
    """Compare output and gradients with those of the reference in float64."""
    y, gradients = value_and_gradients(scan_triton, inputs, torch.float32)
    true_y, true_gradients = value_and_gradients(scan_reference, inputs, torch.float64)
    assert relative_error(y, true_y) <= OUTPUT_BOUND
    errors = [relative_error(g, true_g) for g, true_g in zip(gradients, true_gradients, strict=True)]
    assert max(errors) <= GRADIENT_BOUND, errors


@pytest.mark.parametrize(
    ("shape", "gated"),
    [((1, 1, 16, 4), True), ((2, 53, 40, 2), True), ((1, 48, 70, 3), False), ((1, 33, 64, 16), True)],
)
def test_output_and_gradients_equal_the_float64_reference(shape, gated):
    assert_equals_reference(scan_inputs(*shape, gated=gated))


def test_a_sequence_is_cut_into_chunks():
    problem = Problem.of(*scan_inputs(2, 53, 70, 2))
    assert problem.grid == (4, 2, 2)


def test_samples_may_have_parameters_of_their_own():
    assert_equals_reference(inputs_with_own_parameters(2, 40, 7, 2, gated=True))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_within_two_units_of_rounding(dtype):
    rounded = [x.to(dtype) for x in scan_inputs(1, 20, 16, 2)]
    y, gradients = value_and_gradients(scan_triton, rounded, dtype)
    true_y, true_gradients = value_and_gradients(scan_reference, rounded, torch.float64)
    errors = [relative_error(a, b) for a, b in zip([y, *gradients], [true_y, *true_gradients], strict=True)]
    assert max(errors) <= torch.finfo(dtype).eps, errors


def test_huge_steps_forget_the_past_without_overflow():
    inputs = scan_inputs(1, 20, 16, 2)
    inputs[1] = torch.full_like(inputs[1], 1e4)
    assert_equals_reference(inputs)


def test_a_state_that_remembers_everything_is_carried_through_all_chunks():
    inputs = scan_inputs(1, 70, 16, 1)
    inputs[2] *= 1e-3
    assert_equals_reference(inputs)


def test_views_into_wider_tensors_are_read_in_place():
    u, delta, A, B, C, D, z, bias = scan_inputs(1, 20, 16, 2)
    u2, z2, delta2, B2, C2 = torch.cat([u, z, delta, B, C], dim=-1).split([16, 16, 16, 2, 2], dim=-1)
    assert torch.equal(scan_triton(u2, delta2, A, B2, C2, D, z2, bias), scan_triton(u, delta, A, B, C, D, z, bias))
