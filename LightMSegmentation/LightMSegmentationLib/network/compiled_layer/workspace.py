"""What a job keeps of the tile it is at; small enough for the first or second cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

from LightMSegmentationLib.network.compiled_layer.parameters import STATES, Sizes
from LightMSegmentationLib.network.compiled_layer.tile_conv import HALO
from LightMSegmentationLib.network.selective_scan import backward_kernel, forward_kernel
from LightMSegmentationLib.network.selective_scan.forward_kernel import TILE
from LightMSegmentationLib.network.selective_scan.memory import Rows, rows_of
from LightMSegmentationLib.network.selective_scan.simd import LANES

if TYPE_CHECKING:
    from torch import Tensor


class Workspace(NamedTuple):
    """Rows of a tile on the way forward."""

    normed: Rows
    x: Rows
    """Input of the convolution, with the last rows of the tile before on top."""
    z: Rows
    u: Rows
    slope: Rows
    mix: Rows
    """B, C and the step's bottleneck side by side."""
    delta: Rows
    y: Rows
    mixed: Rows
    state: Rows
    scan: Rows


class BackWorkspace(NamedTuple):
    """Rows of a tile on the way back, beside those of the way forward; ``d`` stands for a gradient."""

    dnormed: Rows
    dmixed: Rows
    dy: Rows
    du: Rows
    ddelta: Rows
    dz: Rows
    dmix: Rows
    g: Rows
    """Gradient before the convolution's SiLU; at the end that of the first rows of the tile that follows."""
    dx: Rows
    adjoint: Rows
    scan: Rows
    pulls: Rows


class Kept(NamedTuple):
    """States that are kept, (kept, blocks * states, 16), and how many tiles one of them is from the next."""

    states: Rows
    tiles: int


def no_state(sizes: Sizes) -> Tensor:
    """Return the state before a sequence, (blocks * states, 16)."""
    return torch.zeros(sizes.inner // LANES * STATES, LANES)


def forward_buffers(sizes: Sizes, state: Tensor) -> tuple[Tensor, ...]:
    """Return the tensors of a `Workspace`, among them the given state; no rows before the first tile."""
    channels, inner = sizes.channels, sizes.inner
    matrices = [(TILE, channels), (TILE + HALO, inner), *[(TILE, inner)] * 3, (TILE, sizes.mixed), *[(TILE, inner)] * 2]
    return (
        *(torch.zeros(shape) for shape in matrices),
        torch.empty(TILE, channels),
        state,
        torch.empty(forward_kernel.TILE_FIELDS, TILE, LANES),
    )


def backward_buffers(sizes: Sizes) -> tuple[Tensor, ...]:
    """Return the tensors of a `BackWorkspace`: no rows after the last tile, no gradient of the state."""
    channels, inner = sizes.channels, sizes.inner
    matrices = [*[(TILE, channels)] * 2, *[(TILE, inner)] * 4, (TILE, sizes.mixed), (TILE + HALO, inner), (TILE, inner)]
    return (
        *(torch.zeros(shape) for shape in matrices),
        no_state(sizes),
        torch.empty(backward_kernel.TILE_FIELDS, TILE + 1, LANES),
        torch.empty(2, STATES, TILE),
    )


def workspace_of(buffers: tuple[Tensor, ...]) -> Workspace:
    """Return the addresses of `forward_buffers`."""
    return Workspace(*(rows_of(buffer) for buffer in buffers))


def back_workspace_of(buffers: tuple[Tensor, ...]) -> BackWorkspace:
    """Return the addresses of `backward_buffers`."""
    return BackWorkspace(*(rows_of(buffer) for buffer in buffers))
