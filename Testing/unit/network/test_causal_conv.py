"""The causal convolution equals torch's padded and cut one."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from LightMSegmentationLib.network.causal_conv import causal_conv_silu


def padded_and_cut(x, weight, bias):
    rows = functional.conv1d(x.transpose(1, 2), weight[:, None], bias, padding=3, groups=x.shape[2])
    return functional.silu(rows[..., : x.shape[1]]).transpose(1, 2)


@pytest.mark.parametrize("shape", [(1, 1, 16), (2, 3, 16), (2, 100, 24), (1, 257, 32)])
def test_output_and_gradients_equal_a_padded_and_cut_convolution(shape):
    generator = torch.Generator().manual_seed(0)
    leaves = [torch.randn(s, generator=generator).requires_grad_() for s in (shape, (shape[2], 4), (shape[2],))]
    y, true_y = causal_conv_silu(*leaves), padded_and_cut(*(leaf.double() for leaf in leaves))
    dy = torch.randn(shape, generator=generator)
    torch.testing.assert_close(y.double(), true_y, rtol=1e-5, atol=1e-5)
    for gradient, truth in zip(
        torch.autograd.grad(y, leaves, dy), torch.autograd.grad(true_y, leaves, dy.double()), strict=True
    ):
        torch.testing.assert_close(gradient, truth, rtol=1e-4, atol=1e-4)
