"""Halving the resolution of a channels-last feature map."""

from __future__ import annotations

import torch
from torch import nn


class PatchMerging(nn.Module):
    """Every 2 x 2 neighbors become one token of twice the channels.

    Source: Liu et al., "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows" (2021), section 3.1.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.reduction = nn.Linear(4 * channels, 2 * channels, bias=False)
        self.norm = nn.LayerNorm(4 * channels)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return (batch, rows / 2, columns / 2, 2 * channels) of (batch, rows, columns, channels), both even."""
        # The order of the neighbors in checkpoints: down the first column, then down the second.
        corners = [features[:, row::2, column::2] for column in range(2) for row in range(2)]
        return self.reduction(self.norm(torch.cat(corners, dim=-1)))
