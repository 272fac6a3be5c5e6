"""Raising the resolution of a channels-last feature map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    import torch


class PatchExpanding(nn.Module):
    """Every token becomes ``factor`` x ``factor`` neighbors of ``channels / factor`` channels.

    Source: Cao et al., "Swin-Unet: Unet-like Pure Transformer for Medical Image Segmentation" (2021), section 3.5.
    """

    def __init__(self, channels: int, factor: int = 2) -> None:
        super().__init__()
        self.factor = factor
        self.expand = nn.Linear(channels, factor * channels, bias=False)
        self.norm = nn.LayerNorm(channels // factor)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return (batch, factor * rows, factor * columns, channels / factor) of (batch, rows, columns, channels)."""
        batch, rows, columns, channels = features.shape
        f = self.factor
        neighbors = self.expand(features).view(batch, rows, columns, f, f, channels // f)
        spread = neighbors.transpose(2, 3).reshape(batch, rows * f, columns * f, channels // f)
        return self.norm(spread)
