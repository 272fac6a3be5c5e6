"""Parameters of the scan that all samples share, or of which every sample has its own."""

from __future__ import annotations

from torch import Tensor


def as_rows(per_channel: Tensor) -> Tensor:
    """Let (batch, channels) be (batch, 1, channels), to be broadcast over rows; (channels,) stays."""
    return per_channel if per_channel.dim() == 1 else per_channel[:, None]
