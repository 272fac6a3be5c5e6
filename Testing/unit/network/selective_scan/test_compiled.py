"""The numba backend equals the float64 reference."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from LightMSegmentationLib.network.selective_scan.chunked import scan_chunked
from LightMSegmentationLib.network.selective_scan.reference import scan_reference

from Testing.unit.network.selective_scan.scan_inputs import relative_error, scan_inputs, value_and_gradients

pytest.importorskip("numba", reason="numba is not installed")

from LightMSegmentationLib.network.selective_scan.compiled import scan_compiled
from LightMSegmentationLib.network.selective_scan.partition import Partition

OUTPUT_BOUND = 1e-5
GRADIENT_BOUND = 1e-4
SHAPES = [
    (1, 1, 16, 16),
    (2, 33, 32, 16),
    (1, 97, 40, 16),
    (2, 64, 16, 5),
    (1, 500, 7, 3),
    (1, 31, 64, 18),
    (1, 32, 16, 1),
]


@pytest.fixture
def _many_threads(one_thread):  # noqa: ARG001 - the other fixture restores the number of threads
    """More threads than there are blocks of channels, so that scans are split along the sequence."""
    torch.set_num_threads(7)


def assert_equals(scan, truth, inputs):
    """Compare output and gradients of a float32 scan with a float64 one."""
    y, gradients = value_and_gradients(scan, inputs, torch.float32)
    true_y, true_gradients = value_and_gradients(truth, inputs, torch.float64)
    assert relative_error(y, true_y) <= OUTPUT_BOUND
    errors = [relative_error(g, true_g) for g, true_g in zip(gradients, true_gradients, strict=True)]
    assert max(errors) <= GRADIENT_BOUND


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize("shape", SHAPES)
def test_output_and_gradients_equal_the_float64_reference(shape, gated):
    assert_equals(scan_compiled, scan_reference, scan_inputs(*shape, gated=gated))


def test_gradients_over_a_long_sequence_equal_float64():
    assert_equals(scan_compiled, scan_chunked, scan_inputs(1, 50_001, 16, 16))


def test_output_over_the_longest_sequence_equals_float64():
    inputs = scan_inputs(1, 262_144, 16, 16)
    truth = scan_chunked(*(x.double() for x in inputs))
    assert relative_error(scan_compiled(*inputs), truth) <= OUTPUT_BOUND


@pytest.mark.parametrize("slowness", [1.0, 2e-3], ids=["which forgets", "which remembers all"])
@pytest.mark.usefixtures("_many_threads")
def test_a_scan_split_along_the_sequence_equals_float64(slowness):
    inputs = scan_inputs(2, 8 * 2048 + 5, 16, 16)
    inputs[2] *= slowness
    assert Partition.of(2, 8 * 2048 + 5, 16).segments == 4
    assert_equals(scan_compiled, lambda *x: on_one_thread(scan_chunked, *x), inputs)


def on_one_thread(scan, *inputs):
    """Run a scan of many small operations, which threads would only slow down."""
    torch.set_num_threads(1)
    return scan(*inputs)


@pytest.mark.usefixtures("_many_threads")
def test_stretches_cover_every_row_and_channel_once():
    covered = torch.zeros(2, 20_001, 48)
    for part in Partition.of(2, 20_001, 48).stretches:
        covered[part.sample, part.first_row : part.last_row, part.first_channel : part.last_channel] += 1
    assert (covered == 1).all()


def test_slices_of_a_projection_are_read_in_place():
    u, delta, A, B, C, D, z, bias = scan_inputs(1, 40, 32, 16)
    together = torch.cat([u, z, delta, B, C], dim=-1)
    u2, z2, delta2, B2, C2 = together.split([32, 32, 32, 16, 16], dim=-1)
    expected = scan_compiled(u, delta, A, B, C, D, z, bias)
    assert torch.equal(scan_compiled(u2, delta2, A, B2, C2, D, z2, bias), expected)


def test_tensors_with_the_sequence_last_give_the_same():
    inputs = scan_inputs(1, 40, 32, 16)
    turned = [x.transpose(1, 2).contiguous().transpose(1, 2) if x.dim() == 3 else x for x in inputs]
    assert torch.equal(scan_compiled(*turned), scan_compiled(*inputs))


def test_a_gradient_spread_from_one_number_is_accepted():
    leaves = [x.requires_grad_() for x in scan_inputs(1, 40, 32, 16)]
    by_sum = torch.autograd.grad(scan_compiled(*leaves).sum(), leaves)
    by_ones = torch.autograd.grad(scan_compiled(*leaves), leaves, torch.ones(1, 40, 32))
    assert all(torch.equal(a, b) for a, b in zip(by_sum, by_ones, strict=True))


def test_huge_steps_forget_the_past_without_overflow():
    inputs = scan_inputs(1, 50, 16, 16)
    inputs[1] = torch.full_like(inputs[1], 1e4)
    assert_equals(scan_compiled, scan_reference, inputs)


def test_a_fading_state_ends_in_zero_not_in_slow_denormal_numbers():
    u, delta, A, B, C, _, _, bias = scan_inputs(1, 4000, 16, 16)
    u[:, 1:] = 0
    y = scan_compiled(u, delta, A, B, C, torch.zeros(16), None, bias)
    assert y[:, -1].abs().max() == 0
    assert ((y == 0) | (y.abs() >= torch.finfo(torch.float32).tiny)).all()


def test_the_callers_denormal_numbers_are_left_alone():
    scan_compiled(*scan_inputs(1, 40, 16, 16))
    assert torch.tensor(1e-40) / 2 > 0


@pytest.mark.usefixtures("_many_threads")
def test_scans_may_run_at_the_same_time():
    inputs = scan_inputs(1, 300, 64, 16)
    expected = scan_compiled(*inputs)
    with ThreadPoolExecutor(4) as callers:
        results = list(callers.map(lambda _: scan_compiled(*inputs), range(16)))
    assert all(torch.equal(y, expected) for y in results)


def test_a_processor_without_avx512_computes_the_same():
    """Compile for the oldest 64-bit processor numba knows, in a process of its own."""
    test = f"{__file__}::test_output_and_gradients_equal_the_float64_reference"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test, "-k", "shape1 or shape3"],
        env={**os.environ, "NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert "4 passed" in run.stdout
