"""The light convolutions equal torch's, with fast gradients."""

from __future__ import annotations

import pytest
import torch
from LightMSegmentationLib.network import few_channels_compiled
from LightMSegmentationLib.network.convolution import Convolution
from LightMSegmentationLib.network.depthwise_conv_compiled import SLICES_PER_JOB, DepthwiseConv, fits
from torch.nn import functional

SHAPES = [(1, 16, 1, 1, 1), (1, 16, 2, 3, 4), (2, 32, SLICES_PER_JOB + 1, 5, 7), (1, 48, 2 * SLICES_PER_JOB, 4, 4)]


def inputs(shape: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    features, upstream = torch.randn(shape, generator=generator), torch.randn(shape, generator=generator)
    return features.requires_grad_(), torch.randn(shape[1], 1, 3, 3, 3, generator=generator).requires_grad_(), upstream


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last_3d])
def test_gradients_equal_torch_in_float64(shape: tuple[int, ...], layout: torch.memory_format) -> None:
    features, weight, upstream = inputs(shape)
    exact = [tensor.detach().double().requires_grad_() for tensor in (features, weight)]
    convolved = functional.conv3d(*exact, padding=1, groups=shape[1])
    expected = torch.autograd.grad((convolved * upstream).sum(), exact)
    assert fits(features, weight)
    output = DepthwiseConv.apply(features.contiguous(memory_format=layout), weight)
    actual = torch.autograd.grad((output * upstream).sum(), (features, weight))
    for gradient, truth in zip(actual, expected, strict=True):
        assert gradient.shape == truth.shape
        assert (gradient - truth).abs().max() <= 1e-5 * truth.abs().max()


def test_the_layer_gives_the_same_with_and_without_gradients() -> None:
    layer = Convolution(3, 16, 16, 3, groups=16)
    features = inputs((1, 16, 4, 6, 8))[0]
    with torch.inference_mode():
        expected = layer(features)
    assert torch.equal(layer(features), expected)


def test_channels_that_fill_no_whole_vector_take_torch() -> None:
    assert not fits(torch.zeros(1, 8, 2, 2, 2), torch.zeros(8, 1, 3, 3, 3))
    assert Convolution(3, 8, 8, 3, groups=8)(torch.zeros(1, 8, 2, 2, 2)).shape == (1, 8, 2, 2, 2)


def test_mixed_precision_has_gradients_in_float32() -> None:
    features, weight, upstream = inputs(SHAPES[2])
    layer = Convolution(3, 32, 32, 3, groups=32)
    layer.conv.weight.data = weight.detach()
    with torch.autocast("cpu", torch.bfloat16):
        output = layer(features)
    (output * upstream).sum().backward()
    assert features.grad is not None
    assert layer.conv.weight.grad is not None
    exact = torch.autograd.grad(
        (functional.conv3d(features, weight, padding=1, groups=32) * upstream).sum(), (features, weight)
    )
    assert torch.allclose(features.grad, exact[0], atol=1e-4)
    assert torch.allclose(layer.conv.weight.grad, exact[1], atol=1e-2)


@pytest.mark.parametrize("groups", [1, 16])
@pytest.mark.parametrize("bias", [False, True])
def test_a_kernel_of_one_voxel_equals_torch(groups: int, bias: bool) -> None:
    layer = Convolution(3, 16, 16, 1, groups=groups, bias=bias)
    features = inputs((2, 16, 3, 4, 5))[0]
    assert torch.allclose(layer(features), layer.conv(features), atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1, 1, 1, 1), (1, 1, SLICES_PER_JOB + 1, 5, 16), (2, 3, 4, 3, 21)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last_3d])
def test_few_channels_are_convolved_as_in_float64(shape: tuple[int, ...], layout: torch.memory_format) -> None:
    features, weight, _ = inputs(shape)
    truth = functional.conv3d(features.double(), weight.double(), padding=1, groups=shape[1])
    layer = Convolution(3, shape[1], shape[1], 3, groups=shape[1])
    layer.conv.weight = torch.nn.Parameter(weight.detach())
    with torch.inference_mode():
        assert few_channels_compiled.fits(features, layer.conv.weight)
        result = layer(features.contiguous(memory_format=layout))
    assert result.shape == shape
    assert (result - truth).abs().max() <= 1e-6 * truth.abs().max()


def test_few_channels_with_gradients_take_torch() -> None:
    features, weight, _ = inputs((1, 1, 4, 4, 4))
    assert not few_channels_compiled.fits(features, weight)
    assert Convolution(3, 1, 1, 3)(features).requires_grad
