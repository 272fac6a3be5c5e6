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
