"""Leaving out a residual branch at random while training."""

from __future__ import annotations

import torch
from torch import nn


class StochasticDepth(nn.Module):
    """Set a sample's branch to zero with probability ``dropped``, and scale the others, while training.

    Source: Huang et al., "Deep Networks with Stochastic Depth" (2016).
    """

    def __init__(self, dropped: float) -> None:
        super().__init__()
        self.dropped = dropped

    def forward(self, branch: torch.Tensor) -> torch.Tensor:
        """Return the branch (batch, ...), unchanged in evaluation mode."""
        if not self.training or self.dropped == 0.0:
            return branch
        kept = 1.0 - self.dropped
        shape = (branch.shape[0], *[1] * (branch.dim() - 1))
        return branch * torch.bernoulli(branch.new_full(shape, kept)).div_(kept)
