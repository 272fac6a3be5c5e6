"""A layer of LightM-UNet with something else in Mamba's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from LightMSegmentationLib.network.mamba_layer import to_features, to_tokens

if TYPE_CHECKING:
    from torch import Tensor

    from LightMSegmentationLib.network.mamba_layer import MambaLayer


class SubstituteLayer(nn.Module):
    """What `network.mamba_layer.MambaLayer` computes, with ``mixer`` instead of Mamba; all else is that layer's own.

    ``mixer`` is given tokens (batch, length, channels) and the spatial shape, and returns tokens of the same shape.
    """

    def __init__(self, layer: MambaLayer, mixer: nn.Module) -> None:
        super().__init__()
        self.norm = layer.norm
        self.mixer = mixer
        self.proj = layer.proj
        self.skip_scale = layer.skip_scale

    def forward(self, features: Tensor) -> Tensor:
        """Return features (batch, out_channels, *spatial) of features (batch, channels, *spatial)."""
        tokens, spatial = to_tokens(features)
        mixed = self.mixer(self.norm(tokens), spatial) + self.skip_scale * tokens
        return to_features(self.proj(self.norm(mixed)), spatial)
