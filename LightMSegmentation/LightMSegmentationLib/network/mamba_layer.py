"""A Mamba layer over the voxels of a feature map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn, ones

from LightMSegmentationLib.network.mamba import Mamba
from LightMSegmentationLib.network.selective_scan import choose_backend

if TYPE_CHECKING:
    import torch


class MambaLayer(nn.Module):
    """Residual vision Mamba layer of LightM-UNet: tokens are the voxels in raster order.

    LayerNorm, Mamba, plus ``skip_scale`` times the input, the same LayerNorm again, and a linear projection to
    ``out_channels``. Feature maps have shape (batch, channels, *spatial).

    Source: Liao et al., "LightM-UNet: Mamba Assists in Lightweight UNet for Medical Image Segmentation" (2024).
    """

    def __init__(self, in_channels: int, out_channels: int, scan_backend: str = "auto") -> None:
        super().__init__()
        self.norm = nn.LayerNorm(in_channels)
        self.mamba = Mamba(in_channels, scan_backend)
        self.proj = nn.Linear(in_channels, out_channels)
        self.skip_scale = nn.Parameter(ones(1))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return features of shape (batch, out_channels, *spatial)."""
        tokens, spatial = to_tokens(features)
        return to_features(self._mixed(tokens), spatial)

    def _mixed(self, tokens: Tensor) -> Tensor:
        """Return (batch, length, out_channels): in one compiled pass where that is possible, else step by step."""
        if tokens.device.type == "cpu" and choose_backend(self.mamba.scan_backend, tokens.device) == "numba":
            from LightMSegmentationLib.network import compiled_layer

            if compiled_layer.fits(tokens, self):
                return compiled_layer.mixed(tokens, self)
        return self.step_by_step(tokens)

    def step_by_step(self, tokens: Tensor) -> Tensor:
        """Return (batch, length, out_channels) of tokens (batch, length, channels), with torch and the scan alone."""
        mixed = self.mamba(self.norm(tokens)) + self.skip_scale * tokens
        return self.proj(self.norm(mixed))


def to_tokens(features: Tensor) -> tuple[Tensor, torch.Size]:
    """Return (batch, length, channels) tokens and the spatial shape; a view where the memory is channels-last."""
    spatial = features.shape[2:]
    return features.movedim(1, -1).reshape(features.shape[0], spatial.numel(), features.shape[1]), spatial


def to_features(tokens: Tensor, spatial: torch.Size) -> Tensor:
    """Return a (batch, channels, *spatial) channels-last view of tokens of shape (batch, length, channels)."""
    return tokens.reshape(tokens.shape[0], *spatial, tokens.shape[2]).movedim(-1, 1)
