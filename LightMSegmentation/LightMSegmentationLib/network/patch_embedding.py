"""Cutting an image into patches, each of which becomes one token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    import torch

PATCH = 4
"""Pixels along each side of a patch."""


class PatchEmbedding(nn.Module):
    """Patches of 4 x 4 pixels, projected to channels and normalized.

    Source: Ruan and Xiang, "VM-UNet: Vision Mamba UNet for Medical Image Segmentation" (2024), section 3.1.
    """

    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(in_channels, channels, PATCH, stride=PATCH)
        self.norm = nn.LayerNorm(channels)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return features (batch, rows / 4, columns / 4, channels) of images (batch, in_channels, rows, columns)."""
        return self.norm(self.proj(image).movedim(1, -1))
