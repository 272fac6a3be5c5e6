"""The two-dimensional selective scan: an image read along its rows and its columns, forward and backward."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional

from LightMSegmentationLib.network.mamba import (
    CHANNELS_PER_DT_RANK,
    EXPANSION,
    STATES,
    step_biases,
)
from LightMSegmentationLib.network.selective_scan import selective_scan

DIRECTIONS = 4


class SS2D(nn.Module):
    """Selective scan of an image in four directions, whose outputs are added.

    The directions are row by row, column by column, and both from the last pixel to the first. Each has projections
    and rates of its own. Feature maps have shape (batch, rows, columns, channels).

    Source: Liu et al., "VMamba: Visual State Space Model" (2024), section 4.2, in the version of January 2024 that
    VM-UNet is built on. Parameter names are those of the authors' checkpoints.
    """

    def __init__(self, channels: int, scan_backend: str = "auto") -> None:
        super().__init__()
        inner = EXPANSION * channels
        self.dt_rank = math.ceil(channels / CHANNELS_PER_DT_RANK)
        self.scan_backend = scan_backend
        self.x_proj_weight = nn.Parameter(torch.empty(DIRECTIONS, self.dt_rank + 2 * STATES, inner))
        self.dt_projs_weight = nn.Parameter(torch.empty(DIRECTIONS, inner, self.dt_rank))
        self.dt_projs_bias = nn.Parameter(torch.empty(DIRECTIONS, inner))
        self.A_logs = nn.Parameter(
            torch.log(torch.arange(1, STATES + 1, dtype=torch.float32)).repeat(DIRECTIONS * inner, 1)
        )
        self.Ds = nn.Parameter(torch.ones(DIRECTIONS * inner))
        self.in_proj = nn.Linear(channels, 2 * inner, bias=False)
        self.conv2d = nn.Conv2d(inner, inner, 3, padding=1, groups=inner)
        self.out_norm = nn.LayerNorm(inner)
        self.out_proj = nn.Linear(inner, channels, bias=False)
        self._initialize_projections()

    def _initialize_projections(self) -> None:
        """Draw the projections of every direction as a linear layer's, and steps with a spread of memory lengths."""
        with torch.no_grad():
            for weight in self.x_proj_weight:
                nn.init.kaiming_uniform_(weight, a=math.sqrt(5))
            bound = self.dt_rank**-0.5
            nn.init.uniform_(self.dt_projs_weight, -bound, bound)
            self.dt_projs_bias.copy_(step_biases(self.dt_projs_bias.shape))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Return features of the same shape, (batch, rows, columns, channels)."""
        x, z = self.in_proj(features).chunk(2, dim=-1)
        x = functional.silu(self.conv2d(x.movedim(-1, 1))).movedim(1, -1)
        y = self.out_norm(self._scan(x))
        return self.out_proj(y * functional.silu(z))

    def _scan(self, x: torch.Tensor) -> torch.Tensor:
        """Scan (batch, rows, columns, inner) in all directions by one call and add up."""
        batch, rows, columns, inner = x.shape
        u = in_directions(x)
        dt, b, c = (u @ self.x_proj_weight.mT).split([self.dt_rank, STATES, STATES], dim=-1)
        u, delta, b, c = (sequence.flatten(0, 1) for sequence in (u, dt @ self.dt_projs_weight.mT, b, c))
        a = _for_every(batch, -torch.exp(self.A_logs).view(DIRECTIONS, inner, STATES))
        d = _for_every(batch, self.Ds.view(DIRECTIONS, inner))
        bias = _for_every(batch, self.dt_projs_bias)
        y = selective_scan(u, delta, a, b, c, d, None, bias, backend=self.scan_backend)
        return sum_of_directions(y.unflatten(0, (batch, DIRECTIONS)), rows, columns)


def _for_every(batch: int, parameter: torch.Tensor) -> torch.Tensor:
    """Repeat a parameter (4, ...) of the directions for every image: (batch * 4, ...)."""
    return parameter.expand(batch, *parameter.shape).flatten(0, 1)


def in_directions(x: torch.Tensor) -> torch.Tensor:
    """Return the four readings (batch, 4, rows * columns, channels) of an image (batch, rows, columns, channels)."""
    ahead = torch.stack([x.flatten(1, 2), x.transpose(1, 2).flatten(1, 2)], dim=1)
    return torch.cat([ahead, ahead.flip(2)], dim=1)


def sum_of_directions(y: torch.Tensor, rows: int, columns: int) -> torch.Tensor:
    """Bring four readings back to their places (batch, rows, columns, channels) and add them up."""
    ahead = y[:, :2] + y[:, 2:].flip(2)
    by_row, by_column = ahead.unbind(1)
    return by_row.unflatten(1, (rows, columns)) + by_column.unflatten(1, (columns, rows)).transpose(1, 2)
