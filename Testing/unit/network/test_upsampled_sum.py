"""Interpolation to twice the size plus the encoder's features, in one compiled pass."""

from __future__ import annotations

import pytest
import torch
from LightMSegmentationLib.network.upsampled_sum import upsampled_sum
from torch.nn import functional

pytest.importorskip("numba", reason="numba is not installed")

from LightMSegmentationLib.network import upsampled_sum_compiled


def inputs(*shape: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    doubled = [*shape[:2], *(2 * extent for extent in shape[2:])]
    return torch.randn(shape, generator=generator), torch.randn(doubled, generator=generator)


def exact(features: torch.Tensor, skip: torch.Tensor, mode: str = "trilinear") -> torch.Tensor:
    enlarged = functional.interpolate(features.double(), scale_factor=2, mode=mode, align_corners=False)
    return enlarged + skip


@pytest.mark.parametrize("shape", [(1, 16, 1, 1, 1), (2, 32, 3, 2, 5), (1, 16, 7, 4, 3)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last_3d])
def test_the_sum_equals_torch_in_float64(shape: tuple[int, ...], layout: torch.memory_format) -> None:
    features, skip = inputs(*shape)
    assert upsampled_sum_compiled.fits(features, skip)
    result = upsampled_sum(features.contiguous(memory_format=layout), skip)
    assert result.shape == skip.shape
    assert (result - exact(features, skip)).abs().max() <= 1e-6


def test_with_gradients_torch_interpolates() -> None:
    features, skip = inputs(1, 16, 2, 2, 2)
    total = upsampled_sum(features.requires_grad_(), skip)
    assert torch.autograd.grad(total.sum(), features)[0].sum() == skip.numel()


def test_an_image_is_interpolated_in_two_dimensions() -> None:
    features, skip = inputs(1, 16, 3, 4)
    assert torch.allclose(upsampled_sum(features, skip), exact(features, skip, "bilinear").float(), atol=1e-6)
