"""Parameters and operations of a network, leaving nothing out.

The usual counters do not see the weights and the scan inside a fused Mamba call; this one does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from LightMSegmentationLib.network.convolution import Convolution
from LightMSegmentationLib.network.mamba import CONV_WIDTH, STATES
from LightMSegmentationLib.network.mamba_layer import MambaLayer
from LightMSegmentationLib.network.ss2d import SS2D

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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
        handles = list(counter._watched(network))
        try:
            with torch.inference_mode():
                network(image)
        finally:
            for handle in handles:
                handle.remove()
        return counter.macs

    def _watched(self, module: nn.Module) -> Iterator[RemovableHandle]:
        """Yield hooks on everything that multiplies; what is counted as a whole is not looked into."""
        add = next((add for kind, add in self._whole.items() if isinstance(module, kind)), None)
        if add is not None:
            yield module.register_forward_hook(add)
            return
        if isinstance(module, SS2D):
            yield module.register_forward_hook(self._add_directions)
        for child in module.children():
            yield from self._watched(child)

    @property
    def _whole(self) -> dict[Any, Callable[..., None]]:
        """What to call after modules whose parts may be computed without being called."""
        return {
            MambaLayer: self._add_mamba_layer,
            Convolution: self._add_named_convolution,
            (nn.Conv2d, nn.Conv3d): self._add_convolution,
            nn.Linear: self._add_linear,
        }

    def _add_named_convolution(self, module: Convolution, _inputs: tuple, output: torch.Tensor) -> None:
        self.macs += output.numel() * module.conv.weight[0].numel()

    def _add_linear(self, module: nn.Linear, _inputs: tuple, output: torch.Tensor) -> None:
        self.macs += output.numel() * module.in_features

    def _add_directions(self, module: SS2D, _inputs: tuple, output: torch.Tensor) -> None:
        """Add what SS2D does without calling a submodule: the projections of all directions and their scans."""
        tokens = output.numel() // output.shape[-1]
        self.macs += tokens * (module.x_proj_weight.numel() + module.dt_projs_weight.numel())
        self.macs += tokens * module.A_logs.numel() * MACS_PER_STATE

    def _add_convolution(self, module: nn.Conv2d | nn.Conv3d, _inputs: tuple, output: torch.Tensor) -> None:
        self.macs += output.numel() * module.weight[0].numel()

    def _add_mamba_layer(self, module: MambaLayer, _inputs: tuple, output: torch.Tensor) -> None:
        """Add projections, convolution and scan of every token; a compiled layer does them without its submodules."""
        mamba = module.mamba
        projections = (mamba.in_proj, mamba.x_proj, mamba.dt_proj, mamba.out_proj, module.proj)
        per_token = sum(projection.weight.numel() for projection in projections)
        per_token += mamba.D.numel() * (CONV_WIDTH + MACS_PER_STATE * STATES)
        self.macs += output.numel() // output.shape[1] * per_token
