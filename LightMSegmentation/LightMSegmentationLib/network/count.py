"""Parameters and operations of a network, leaving nothing out.

The usual counters do not see the weights and the scan inside a fused Mamba call; this one does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from LightMSegmentationLib.network.mamba import CONV_WIDTH, STATES, Mamba
from LightMSegmentationLib.network.ss2d import SS2D

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

    Counted are linear layers, convolutions (also those inside Mamba) and the scan; normalization, activation and
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
        if isinstance(module, Mamba):
            return module.register_forward_hook(self._add_mamba)
        if isinstance(module, SS2D):
            return module.register_forward_hook(self._add_ss2d)
        if isinstance(module, nn.Linear):
            return module.register_forward_hook(self._add_linear)
        if isinstance(module, nn.Conv2d | nn.Conv3d):
            return module.register_forward_hook(self._add_convolution)
        return None

    def _add_linear(self, module: nn.Linear, _inputs: tuple, output: torch.Tensor) -> None:
        self.macs += output.numel() * module.in_features

    def _add_convolution(self, module: nn.Conv2d | nn.Conv3d, _inputs: tuple, output: torch.Tensor) -> None:
        self.macs += output.numel() * module.weight[0].numel()

    def _add_mamba(self, module: Mamba, _inputs: tuple, output: torch.Tensor) -> None:
        """Add what Mamba does without calling a submodule: in and step projections, the convolution and the scan."""
        tokens = output.numel() // output.shape[-1]
        inner = module.D.numel()
        self.macs += tokens * (module.in_proj.weight.numel() + module.dt_proj.weight.numel())
        self.macs += tokens * inner * (CONV_WIDTH + MACS_PER_STATE * STATES)

    def _add_ss2d(self, module: SS2D, _inputs: tuple, output: torch.Tensor) -> None:
        """Add what SS2D does without calling a submodule: the projections of all directions and their scans."""
        tokens = output.numel() // output.shape[-1]
        self.macs += tokens * (module.x_proj_weight.numel() + module.dt_projs_weight.numel())
        self.macs += tokens * module.A_logs.numel() * MACS_PER_STATE
