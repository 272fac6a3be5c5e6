"""The vectorized functions against float64, lane by lane."""

from __future__ import annotations

import numpy as np
import pytest

numba = pytest.importorskip("numba", reason="numba is not installed")
simd = pytest.importorskip("LightMSegmentationLib.network.selective_scan.simd")
vector_math = pytest.importorskip("LightMSegmentationLib.network.selective_scan.vector_math")


def applied(function, values):
    """Apply a function of one vector to a float32 array whose length is a multiple of 16."""

    @numba.njit
    def run(source, target, count):
        for k in range(0, count, 16):
            simd.store(target + 4 * k, function(simd.load(source + 4 * k)))

    source, target = values.astype(np.float32), np.empty(values.size, np.float32)
    run(source.ctypes.data, target.ctypes.data, values.size)
    return target.astype(np.float64)


@numba.njit
def _softplus(x):
    return vector_math.softplus(x, vector_math.exp_minus_magnitude(x))


@numba.njit
def _sigmoid(x):
    return vector_math.sigmoid(x, vector_math.exp_minus_magnitude(x))


@pytest.fixture
def numbers():
    """Float32 numbers of both signs and many magnitudes, as float64."""
    magnitudes = np.geomspace(1e-6, 87.0, 4096)
    return np.concatenate([-magnitudes, magnitudes]).astype(np.float32).astype(np.float64)


def test_powers_of_two_are_accurate_to_float32(numbers):
    exponents = -np.abs(numbers)
    np.testing.assert_allclose(applied(vector_math.exp2_nonpositive, exponents), np.exp2(exponents), rtol=4e-7)


def test_a_slow_decay_keeps_its_rate():
    exponents = -np.linspace(0.01, 0.1, 1024).astype(np.float32).astype(np.float64)
    rates = np.log2(applied(vector_math.exp2_nonpositive, exponents))
    np.testing.assert_allclose(rates.sum(), exponents.sum(), rtol=1e-6)


@pytest.mark.parametrize("exponent", [-127.0, -150.0, -1e6, -1e30])
def test_powers_far_below_one_are_nothing(exponent):
    assert (applied(vector_math.exp2_nonpositive, np.full(16, exponent)) <= 2.0**-126).all()


def test_softplus_is_relatively_accurate_down_to_small_results(numbers):
    truth = np.logaddexp(0.0, numbers)
    np.testing.assert_allclose(applied(_softplus, numbers)[truth > 1e-37], truth[truth > 1e-37], rtol=1e-5)
    near = np.abs(numbers) < 20
    np.testing.assert_allclose(applied(_softplus, numbers)[near], truth[near], rtol=1.5e-6)


def test_sigmoid_is_accurate(numbers):
    near = np.abs(numbers) < 20
    np.testing.assert_allclose(applied(_sigmoid, numbers)[near], (1 / (1 + np.exp(-numbers)))[near], rtol=1.5e-6)


def test_sums_adds_up_sixteen_vectors_at_once():
    block = np.arange(256, dtype=np.float32).reshape(16, 16)
    target = np.empty(16, np.float32)

    @numba.njit
    def run(source, result):
        simd.store(result, simd.sums(source))

    run(block.ctypes.data, target.ctypes.data)
    np.testing.assert_array_equal(target, block.sum(1))


def test_transpose_turns_rows_into_columns():
    block = np.arange(256, dtype=np.float32).reshape(16, 16)
    target = np.zeros((16, 20), np.float32)

    @numba.njit
    def run(source, result):
        simd.transpose(source, 64, result, 80)

    run(block.ctypes.data, target.ctypes.data)
    np.testing.assert_array_equal(target[:, :16], block.T)
