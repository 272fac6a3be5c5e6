"""Group normalization with ReLU equals torch's, with gradients."""

from __future__ import annotations

import pytest
import torch
from LightMSegmentationLib.network.norm_relu import NormRelu
from torch.nn import functional

pytest.importorskip("numba", reason="numba is not installed")

from LightMSegmentationLib.network.norm_relu_compiled import ROWS_PER_STRETCH, norm_relu

SHAPES = [(1, 16, 1, 2, 3), (2, 32, 5, 6, 7), (1, 16, 1, 2, ROWS_PER_STRETCH), (2, 48, 1, 3, ROWS_PER_STRETCH // 2)]


def some_norm(channels: int) -> NormRelu:
    torch.manual_seed(0)
    norm = NormRelu(8, channels)
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    return norm


def reference(features: torch.Tensor, norm: NormRelu) -> torch.Tensor:
    return functional.relu(functional.group_norm(features, 8, norm.weight, norm.bias, norm.eps))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last_3d])
def test_output_and_gradients_equal_torch_in_float64(shape: tuple[int, ...], layout: torch.memory_format) -> None:
    norm, exact = some_norm(shape[1]), some_norm(shape[1]).double()
    features = torch.randn(shape).contiguous(memory_format=layout).requires_grad_()
    precise, upstream = features.detach().double().requires_grad_(), torch.randn(shape)
    result, expected = norm_relu(features, norm), reference(precise, exact)
    assert (result - expected).abs().max() <= 3e-6 * expected.abs().max()
    actual = torch.autograd.grad((result * upstream).sum(), (features, *norm.parameters()))
    truth = torch.autograd.grad((expected * upstream).sum(), (precise, *exact.parameters()))
    for gradient, true in zip(actual, truth, strict=True):
        assert gradient.shape == true.shape
        assert (gradient - true).abs().max() <= 1e-5 * true.abs().max()


def test_a_mean_far_from_zero_costs_no_more_digits_than_in_torch() -> None:
    norm = some_norm(16)
    features = torch.randn(1, 16, 3, 5, ROWS_PER_STRETCH // 4) + 1000.0
    expected = reference(features.double(), some_norm(16).double())
    error, error_of_torch = (
        (result - expected).abs().max() for result in (norm_relu(features, norm), reference(features, norm))
    )
    assert error < 2 * error_of_torch


def test_other_widths_and_types_take_torch() -> None:
    for channels, dtype in ((8, torch.float32), (16, torch.float64)):
        norm, features = some_norm(channels).to(dtype), torch.randn(1, channels, 4, 4, 4, dtype=dtype)
        assert torch.equal(norm(features), reference(features, norm))


def test_mixed_precision_takes_torch() -> None:
    norm, features = some_norm(16), torch.randn(1, 16, 4, 4, 4)
    with torch.autocast("cpu", torch.bfloat16):
        result = norm(features.bfloat16())
    assert torch.allclose(result.float(), reference(features, norm), atol=0.1)
