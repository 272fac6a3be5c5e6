"""Self-attention between all voxels of a feature map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

CHANNELS_PER_HEAD = 16
_LONGEST_WAVE = 100.0
"""Voxels, over 2 pi: longer than a feature map, so that no two places look the same."""


class SelfAttention(nn.Module):
    """Multi-head attention of every voxel to every voxel of the patch.

    Its cost grows with the square of the voxels: at full resolution a patch of 24 x 40 x 40 voxels needs 2.9 billion
    products of 16 channels for each layer, 64 times what it needs one level deeper. On a CPU it is for the levels from
    1 on. Places are told apart by sines added to the tokens, without weights; Mamba knows them by the order of the
    sequence. Source: Vaswani et al., "Attention Is All You Need" (2017).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.heads = max(1, channels // CHANNELS_PER_HEAD)
        self.in_proj = nn.Linear(channels, 3 * channels, bias=False)
        self.out_proj = nn.Linear(channels, channels, bias=False)

    def forward(self, tokens: Tensor, spatial: torch.Size) -> Tensor:
        """Return tokens (batch, length, channels), which are the voxels of ``spatial`` in raster order."""
        batch, length, channels = tokens.shape
        placed = tokens + position_code(spatial, channels).to(tokens)
        by_head = self.in_proj(placed).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        attended = functional.scaled_dot_product_attention(*by_head.unbind(0))
        return self.out_proj(attended.transpose(1, 2).reshape(batch, length, channels))


def position_code(spatial: Sequence[int], channels: int) -> Tensor:
    """Return sines and cosines of every voxel's place, (length, channels), in raster order.

    Each axis has an equal share of the channels, in waves from 2 pi voxels to 100 times as long; channels that are
    left over are zero.
    """
    pairs = channels // (2 * len(spatial))
    rates = _LONGEST_WAVE ** (-torch.arange(pairs) / max(1, pairs - 1))
    code = torch.zeros(*spatial, channels)
    for axis, extent in enumerate(spatial):
        angles = torch.arange(extent)[:, None] * rates
        along = [1] * len(spatial)
        along[axis] = extent
        mine = slice(2 * pairs * axis, 2 * pairs * (axis + 1))
        code[..., mine] = torch.cat([angles.sin(), angles.cos()], dim=1).view(*along, -1)
    return code.view(-1, channels)


def attention_macs(length: int, channels: int) -> int:
    """Return the multiply-accumulates between the voxels, beside the projections: scores, and sums of values."""
    return 2 * length**2 * channels
