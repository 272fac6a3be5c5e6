"""Group normalization with ReLU equals torch's, with gradients."""

from __future__ import annotations

import pytest
import torch
from LightMSegmentationLib.network.norm_relu import NormRelu
from torch.nn import functional

pytest.importorskip("numba", reason="numba is not installed")

from LightMSegmentationLib.network import norm_relu_compiled
from LightMSegmentationLib.network.norm_relu_compiled import ROWS_PER_JOB, norm_relu, pays

SHAPES = [(1, 16, 1, 2, 3), (2, 32, 5, 6, 7), (1, 16, 1, 2, ROWS_PER_JOB), (2, 48, 1, 3, ROWS_PER_JOB // 2)]


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


def test_a_mean_far_from_zero_costs_no_digits() -> None:
    norm = some_norm(16)
    features = torch.randn(1, 16, 3, 5, ROWS_PER_JOB // 4) + 1000.0
    expected = reference(features.double(), some_norm(16).double())
    assert (norm_relu(features, norm) - expected).abs().max() < 1e-3


def test_small_features_and_other_types_take_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    norm, features = some_norm(16), torch.randn(1, 16, 4, 4, 4)
    assert not pays(features, norm.weight)
    assert torch.equal(norm(features), reference(features, norm))
    monkeypatch.setattr(norm_relu_compiled, "FEWEST", 1)
    assert pays(features, norm.weight)
    assert not pays(features.double(), norm.weight)
    assert torch.allclose(norm(features), reference(features, norm), atol=1e-5)
