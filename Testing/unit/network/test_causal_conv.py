"""The compiled causal convolution equals torch's."""

from __future__ import annotations

import pytest
import torch
from LightMSegmentationLib.network.causal_conv import causal_conv_silu, convolve_with_torch
from LightMSegmentationLib.network.causal_conv_compiled import ROWS_PER_JOB, fits

LENGTHS = [1, 2, 3, 4, 5, 100, ROWS_PER_JOB - 1, ROWS_PER_JOB, ROWS_PER_JOB + 2, 2 * ROWS_PER_JOB + 7]


def inputs(length: int, channels: int = 32) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(length)
    wide = torch.randn(2, length, 2 * channels, generator=generator)
    weight, bias = torch.randn(channels, 4, generator=generator), torch.randn(channels, generator=generator)
    # A view of half a projection's output, as in the network.
    return wide[..., :channels].requires_grad_(), weight.requires_grad_(), bias.requires_grad_()


@pytest.mark.parametrize("length", LENGTHS)
def test_output_equals_torch_in_float64(length: int) -> None:
    x, weight, bias = inputs(length)
    assert fits(x, weight)
    expected = convolve_with_torch(x.double(), weight.double(), bias.double())
    assert (causal_conv_silu(x, weight, bias) - expected).abs().max() <= 1e-5 * expected.abs().max()


@pytest.mark.parametrize("length", LENGTHS)
def test_gradients_equal_torch_in_float64(length: int) -> None:
    x, weight, bias = inputs(length)
    upstream = torch.randn(x.shape, generator=torch.Generator().manual_seed(1))
    exact = [tensor.detach().double().requires_grad_() for tensor in (x, weight, bias)]
    expected = torch.autograd.grad((convolve_with_torch(*exact) * upstream).sum(), exact)
    actual = torch.autograd.grad((causal_conv_silu(x, weight, bias) * upstream).sum(), (x, weight, bias))
    for gradient, truth in zip(actual, expected, strict=True):
        assert gradient.shape == truth.shape
        assert (gradient - truth).abs().max() <= 1e-4 * truth.abs().max()


def test_channels_that_fill_no_whole_vector_take_torch() -> None:
    x, weight, bias = inputs(10, channels=24)
    assert not fits(x, weight)
    assert torch.equal(causal_conv_silu(x, weight, bias), convolve_with_torch(x, weight, bias))


def test_no_row_sees_a_later_one() -> None:
    x, weight, bias = (tensor.detach() for tensor in inputs(50))
    changed = x.clone()
    changed[:, 30:] += 1.0
    before, after = causal_conv_silu(x, weight, bias), causal_conv_silu(changed, weight, bias)
    assert torch.equal(before[:, :30], after[:, :30])
    assert not torch.equal(before[:, 30], after[:, 30])
