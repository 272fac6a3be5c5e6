"""Tests of the convolution's Triton kernels by Triton's interpreter; ``test_causal_conv_triton`` runs them."""

from __future__ import annotations

import pytest
import torch
from LightMSegmentationLib.network.causal_conv import convolve_with_torch
from LightMSegmentationLib.network.causal_conv_triton import CausalConvSilu

SHAPES = [(1, 1, 16), (1, 3, 64), (2, 70, 40), (1, 300, 80)]


def inputs(shape):
    generator = torch.Generator().manual_seed(0)
    batch, length, channels = shape
    wide = torch.randn(batch, length, 2 * channels, generator=generator)
    weight, bias = torch.randn(channels, 4, generator=generator), torch.randn(channels, generator=generator)
    # A view of half a projection's output, as in the network.
    return wide[..., :channels], weight, bias


def value_and_gradients(convolve, tensors, dtype):
    leaves = [x.to(dtype).requires_grad_() for x in tensors]
    y = convolve(*leaves)
    upstream = torch.randn(y.shape, generator=torch.Generator().manual_seed(1)).to(dtype)
    return [y.detach(), *torch.autograd.grad(y, leaves, upstream)]


def assert_close(results, truths, bound):
    for result, truth in zip(results, truths, strict=True):
        assert result.shape == truth.shape
        assert (result.double() - truth.double()).abs().max() <= bound * truth.abs().max()


@pytest.mark.parametrize("shape", SHAPES)
def test_output_and_gradients_equal_torch_in_float64(shape):
    truths = value_and_gradients(convolve_with_torch, inputs(shape), torch.float64)
    assert_close(value_and_gradients(CausalConvSilu.apply, inputs(shape), torch.float32), truths, 1e-5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_within_two_units_of_rounding(dtype):
    rounded = [x.to(dtype) for x in inputs((1, 70, 40))]
    truths = value_and_gradients(convolve_with_torch, rounded, torch.float64)
    results = value_and_gradients(CausalConvSilu.apply, rounded, dtype)
    assert_close(results, truths, torch.finfo(dtype).eps)
