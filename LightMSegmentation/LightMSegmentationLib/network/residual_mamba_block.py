"""The encoder's block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from LightMSegmentationLib.network.mamba_layer import MambaLayer
from LightMSegmentationLib.network.norm_relu import NormRelu

if TYPE_CHECKING:
    import torch


class ResidualMambaBlock(nn.Module):
    """Norm, ReLU, Mamba layer, twice, plus the input.

    The layers are called ``conv1`` and ``conv2`` in the authors' checkpoints although they are Mamba layers.
    """

    def __init__(self, channels: int, groups: int, scan_backend: str = "auto") -> None:
        super().__init__()
        self.norm1 = NormRelu(groups, channels)
        self.norm2 = NormRelu(groups, channels)
        self.conv1 = MambaLayer(channels, channels, scan_backend)
        self.conv2 = MambaLayer(channels, channels, scan_backend)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return features of the same shape."""
        mixed = self.conv1(self.norm1(features))
        mixed = self.conv2(self.norm2(mixed))
        return mixed + features
