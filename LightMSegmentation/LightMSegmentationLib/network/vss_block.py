"""The residual block of VM-UNet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from LightMSegmentationLib.network.ss2d import SS2D
from LightMSegmentationLib.network.stochastic_depth import StochasticDepth

if TYPE_CHECKING:
    import torch


class VSSBlock(nn.Module):
    """A normalized two-dimensional selective scan beside the identity, on (batch, rows, columns, channels).

    Source: Ruan and Xiang, "VM-UNet: Vision Mamba UNet for Medical Image Segmentation" (2024), section 3.2.
    """

    def __init__(self, channels: int, dropped: float = 0.0, scan_backend: str = "auto") -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(channels)
        self.self_attention = SS2D(channels, scan_backend)
        self.drop_path = StochasticDepth(dropped)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return features of the same shape."""
        return features + self.drop_path(self.self_attention(self.ln_1(features)))
