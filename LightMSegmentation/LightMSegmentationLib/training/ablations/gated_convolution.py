"""What is left of Mamba without its state space: a gated convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional

from LightMSegmentationLib.network.convolution import Convolution
from LightMSegmentationLib.network.mamba import EXPANSION
from LightMSegmentationLib.network.mamba_layer import to_features, to_tokens

if TYPE_CHECKING:
    import torch
    from torch import Tensor

_KERNEL = 3


class GatedConvolution(nn.Module):
    """Mamba's projections and gate around a depthwise convolution of 3 voxels along each axis.

    It has about as many weights as Mamba, and sees a voxel's neighbors along every axis, but nothing beyond. Source:
    Yu and Wang, "MambaOut: Do We Really Need Mamba for Vision?" (2024).
    """

    def __init__(self, spatial_dims: int, channels: int) -> None:
        super().__init__()
        inner = EXPANSION * channels
        self.in_proj = nn.Linear(channels, 2 * inner, bias=False)
        self.conv = Convolution(spatial_dims, inner, inner, _KERNEL, groups=inner)
        self.out_proj = nn.Linear(inner, channels, bias=False)

    def forward(self, tokens: Tensor, spatial: torch.Size) -> Tensor:
        """Return tokens (batch, length, channels), which are the voxels of ``spatial`` in raster order."""
        x, z = self.in_proj(tokens).chunk(2, dim=-1)
        x, _ = to_tokens(self.conv(to_features(x, spatial)))
        return self.out_proj(functional.silu(x) * functional.silu(z))
