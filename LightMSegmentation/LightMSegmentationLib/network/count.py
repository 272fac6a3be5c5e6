"""Parameters and operations of a network, leaving nothing out.

The usual counters do not see the weights and the scan inside a fused Mamba call; this one does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from LightMSegmentationLib.network.mamba import CONV_WIDTH, STATES
from LightMSegmentationLib.network.mamba_layer import MambaLayer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch.utils.hooks import RemovableHandle

MACS_PER_STATE = 4
"""Discretize A; discretize and add B u; multiply by C; accumulate."""


@dataclass(frozen=True)
class Count:
    """Parameters, and multiply-accumulates of one forward pass over an image of ``size`` (spatial axes)."""

    parameters: int
    macs: int
    size: tuple[int, ...]

    @property
    def gflop(self) -> float:
        """Billions of floating-point operations: two per multiply-accumulate."""
        return 2 * self.macs / 1e9


def count(network: nn.Module, in_channels: int, size: Sequence[int], probe: int = 8) -> Count:
    """Count ``network``'s parameters and the operations of a forward pass over one image.

    Counted are Mamba layers (projections, convolution, scan) and convolutions; normalization, activation and
    interpolation are not. Every counted operation is done once per voxel of its level, so the count of a small image
    of ``probe`` voxels along each axis scales exactly to any size that is a multiple of it.

    Raises
    ------
    ValueError
        When a spatial size is no multiple of ``probe``.
    """
    if any(extent % probe or extent <= 0 for extent in size):
        message = f"every spatial size must be a positive multiple of {probe}, got {tuple(size)}"
        raise ValueError(message)
    probed = _MacCounter.of(network, torch.zeros(1, in_channels, *[probe] * len(size)))
    copies = 1
    for extent in size:
        copies *= extent // probe
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return Count(parameters, probed * copies, tuple(size))


class _MacCounter:
    """Forward hooks that add up multiply-accumulates."""

    def __init__(self) -> None:
        self.macs = 0

    @classmethod
    def of(cls, network: nn.Module, image: torch.Tensor) -> int:
        counter = cls()
        handles = [handle for module in network.modules() if (handle := counter._watch(module))]
        try:
            with torch.inference_mode():
                network(image)
        finally:
            for handle in handles:
                handle.remove()
        return counter.macs

    def _watch(self, module: nn.Module) -> RemovableHandle | None:
        if isinstance(module, MambaLayer):
            return module.register_forward_hook(self._add_mamba_layer)
        if isinstance(module, nn.Conv2d | nn.Conv3d):
            return module.register_forward_hook(self._add_convolution)
        return None

    def _add_convolution(self, module: nn.Conv2d | nn.Conv3d, _inputs: tuple, output: torch.Tensor) -> None:
        self.macs += output.numel() * module.weight[0].numel()

    def _add_mamba_layer(self, module: MambaLayer, _inputs: tuple, output: torch.Tensor) -> None:
        """Add projections, convolution and scan of every token; a compiled layer does them without its submodules."""
        mamba = module.mamba
        projections = (mamba.in_proj, mamba.x_proj, mamba.dt_proj, mamba.out_proj, module.proj)
        per_token = sum(projection.weight.numel() for projection in projections)
        per_token += mamba.D.numel() * (CONV_WIDTH + MACS_PER_STATE * STATES)
        self.macs += output.numel() // output.shape[1] * per_token
