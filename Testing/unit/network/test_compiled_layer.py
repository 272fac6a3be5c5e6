"""The Mamba layer in one compiled pass equals the same layer step by step in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from LightMSegmentationLib.network.mamba_layer import MambaLayer

pytest.importorskip("numba", reason="numba is not installed")

from LightMSegmentationLib.network import compiled_layer
from LightMSegmentationLib.network.selective_scan.forward_kernel import TILE

if TYPE_CHECKING:
    from collections.abc import Iterator

# Channels in and out, batch, length: part of a tile, fewer rows than the convolution reads, whole tiles, some more.
CASES = [(16, 16, 1, 1), (16, 16, 1, 2), (16, 32, 2, TILE), (32, 32, 1, TILE + 1), (64, 16, 2, 3 * TILE + 7)]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def some_layer(channels: int, outputs: int) -> MambaLayer:
    """Return a layer with no parameter at zero or one, where a wrong gradient could hide."""
    torch.manual_seed(channels)
    layer = MambaLayer(channels, outputs)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return layer


def exact(layer: MambaLayer) -> MambaLayer:
    channels, outputs = layer.proj.in_features, layer.proj.out_features
    copy = MambaLayer(channels, outputs, "reference").double()
    copy.load_state_dict(layer.state_dict())
    return copy


def some_features(channels: int, batch: int, length: int) -> torch.Tensor:
    return torch.randn(batch, length, channels, generator=torch.Generator().manual_seed(length)).transpose(1, 2)


@pytest.mark.parametrize(("channels", "outputs", "batch", "length"), CASES)
def test_output_equals_the_steps_in_float64(channels: int, outputs: int, batch: int, length: int) -> None:
    layer, features = some_layer(channels, outputs), some_features(channels, batch, length)
    assert compiled_layer.fits(features.transpose(1, 2), layer)
    with torch.inference_mode():
        result, expected = layer(features), exact(layer)(features.double())
    assert result.shape == (batch, outputs, length)
    assert (result - expected).abs().max() <= 1e-6 * expected.abs().max()


@pytest.mark.parametrize(("channels", "outputs", "batch", "length"), CASES)
def test_gradients_equal_those_of_the_steps_in_float64(channels: int, outputs: int, batch: int, length: int) -> None:
    layer, features = some_layer(channels, outputs), some_features(channels, batch, length).requires_grad_()
    copy, precise = exact(layer), features.detach().double().requires_grad_()
    upstream = torch.randn(batch, outputs, length, generator=torch.Generator().manual_seed(1))
    names = [name for name, _ in layer.named_parameters()]
    actual = torch.autograd.grad((layer(features) * upstream).sum(), (features, *layer.parameters()))
    expected = torch.autograd.grad((copy(precise) * upstream).sum(), (precise, *copy.parameters()))
    for name, gradient, truth in zip(["features", *names], actual, expected, strict=True):
        assert gradient.shape == truth.shape, name
        assert (gradient - truth).abs().max() <= 3e-5 * truth.abs().max(), name


def test_a_gradient_in_half_the_parameters_is_enough() -> None:
    layer, features = some_layer(16, 16), some_features(16, 1, 40)
    layer.requires_grad_(requires_grad=False).proj.weight.requires_grad_()
    layer(features).sum().backward()
    assert layer.proj.weight.grad is not None


def test_mixed_precision_computes_in_float32() -> None:
    layer, features = some_layer(16, 16), some_features(16, 1, 40)
    expected = layer(features)
    with torch.autocast("cpu", torch.bfloat16):
        result = layer(features.bfloat16().float())
    result.sum().backward()
    assert result.dtype == torch.float32
    assert (result - expected).abs().max() < 0.05 * expected.abs().max()


@pytest.mark.parametrize(("channels", "backend", "dtype"), [
    (24, "auto", torch.float32), (16, "auto", torch.float64), (16, "chunked", torch.float32),
])  # fmt: skip
def test_what_does_not_fit_is_computed_step_by_step(channels: int, backend: str, dtype: torch.dtype) -> None:
    layer = MambaLayer(channels, channels, backend).to(dtype)
    features = some_features(channels, 1, 40).to(dtype)
    assert torch.allclose(layer(features), exact(layer)(features.double()).to(dtype), atol=1e-5)
