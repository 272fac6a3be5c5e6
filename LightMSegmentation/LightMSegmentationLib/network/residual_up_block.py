"""The decoder's block."""

from __future__ import annotations

import torch
from torch import nn

from LightMSegmentationLib.network.convolution import separable_convolution
from LightMSegmentationLib.network.norm_relu import NormRelu


class ResidualUpBlock(nn.Module):
    """Norm, ReLU, depthwise-separable convolution, plus ``skip_scale`` times the input, norm, ReLU."""

    def __init__(self, spatial_dims: int, channels: int, groups: int) -> None:
        super().__init__()
        self.norm1 = NormRelu(groups, channels)
        self.norm2 = NormRelu(groups, channels)
        self.conv = separable_convolution(spatial_dims, channels, channels)
        self.skip_scale = nn.Parameter(torch.ones(1))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return features of the same shape."""
        mixed = torch.addcmul(self.conv(self.norm1(features)), self.skip_scale, features)
        return self.norm2(mixed)
