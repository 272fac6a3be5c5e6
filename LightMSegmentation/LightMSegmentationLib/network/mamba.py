"""The Mamba-1 state-space layer on channels-last tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import torch
from torch import nn
from torch.nn import functional

from LightMSegmentationLib.network.causal_conv import causal_conv_silu
from LightMSegmentationLib.network.selective_scan import selective_scan

STATES = 16
CONV_WIDTH = 4
EXPANSION = 2
CHANNELS_PER_DT_RANK = 16


class Mamba(nn.Module):
    """Selective state-space layer.

    Source: Gu and Dao, "Mamba: Linear-Time Sequence Modeling with Selective State Spaces" (2023). Tokens have shape
    (batch, length, channels), before and after. Parameter names are those of the authors' published implementation, so
    that checkpoints of either load into the other.
    """

    def __init__(self, channels: int, scan_backend: str = "auto") -> None:
        super().__init__()
        inner = EXPANSION * channels
        self.dt_rank = math.ceil(channels / CHANNELS_PER_DT_RANK)
        self.scan_backend = scan_backend
        self.in_proj = nn.Linear(channels, 2 * inner, bias=False)
        self.conv1d = nn.Conv1d(inner, inner, CONV_WIDTH, groups=inner, padding=CONV_WIDTH - 1)
        self.x_proj = nn.Linear(inner, self.dt_rank + 2 * STATES, bias=False)
        self.dt_proj = nn.Linear(self.dt_rank, inner)
        self.A_log = nn.Parameter(torch.log(torch.arange(1, STATES + 1, dtype=torch.float32)).repeat(inner, 1))
        self.D = nn.Parameter(torch.ones(inner))
        self.out_proj = nn.Linear(inner, channels, bias=False)
        self._initialize_step_size()

    def _initialize_step_size(self) -> None:
        bound = self.dt_rank**-0.5
        nn.init.uniform_(self.dt_proj.weight, -bound, bound)
        with torch.no_grad():
            self.dt_proj.bias.copy_(step_biases(self.dt_proj.bias.shape))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return the layer's output for tokens of shape (batch, length, channels)."""
        # Two products instead of one to be split: their gradients need not be joined again.
        x, z = (functional.linear(tokens, weight) for weight in self.in_proj.weight.chunk(2))
        x = causal_conv_silu(x, self.conv1d.weight.squeeze(1), cast("torch.Tensor", self.conv1d.bias))
        dt, b, c = self.x_proj(x).split([self.dt_rank, STATES, STATES], dim=-1)
        delta = self._raw_step(dt)
        a = -torch.exp(self.A_log)
        y = selective_scan(x, delta, a, b, c, self.D, z, self.dt_proj.bias, backend=self.scan_backend)
        return self.out_proj(y)

    def _raw_step(self, dt: torch.Tensor) -> torch.Tensor:
        """Project the step to all channels; its bias enters in the scan, together with the softplus."""
        if self.dt_rank == 1:
            # A product with an inner dimension of one is many times slower as a matrix product.
            return dt * self.dt_proj.weight.squeeze(1)
        return functional.linear(dt, self.dt_proj.weight)


def step_biases(shape: Sequence[int], smallest: float = 1e-3, largest: float = 1e-1) -> torch.Tensor:
    """Draw biases with softplus log-uniform in [smallest, largest]: states start with a spread of memory lengths."""
    step = torch.exp(torch.rand(*shape) * (math.log(largest) - math.log(smallest)) + math.log(smallest))
    # The inverse of softplus.
    return step + torch.log(-torch.expm1(-step))
