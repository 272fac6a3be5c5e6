"""A Mamba layer of the first level: step by step, and in one compiled pass."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from LightMSegmentationLib.benchmark.comparison import Candidate
from LightMSegmentationLib.benchmark.device import finished, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from LightMSegmentationLib.network.mamba_layer import MambaLayer

CHANNELS = 16


def layer_candidates(device: torch.device, length: int) -> list[Candidate]:
    """Return forward, and forward with backward, for ``length`` tokens of 16 channels."""
    import torch

    from LightMSegmentationLib.network.mamba_layer import MambaLayer

    layer = MambaLayer(CHANNELS, CHANNELS).to(device)
    tokens = torch.randn(1, length, CHANNELS, generator=torch.Generator().manual_seed(0)).to(device)
    ways: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {"step by step": layer.step_by_step}
    if device.type == "cpu":
        ways = {"compiled pass": _compiled(layer)} | ways
    forward = [Candidate(name, finished(partial(way, tokens), device)) for name, way in ways.items()]
    both = [Candidate(f"{name}, with gradients", _with_gradients(way, tokens, device)) for name, way in ways.items()]
    return [*forward, *both]


def _compiled(layer: MambaLayer) -> Callable[[torch.Tensor], torch.Tensor]:
    def run(tokens: torch.Tensor) -> torch.Tensor:
        from LightMSegmentationLib.network import compiled_layer

        return compiled_layer.mixed(tokens, layer)

    return run


def _with_gradients(
    way: Callable[[torch.Tensor], torch.Tensor], tokens: torch.Tensor, device: torch.device
) -> Callable[[], None]:
    def run() -> None:
        way(tokens.detach().requires_grad_()).sum().backward()
        wait_for(device)

    return run
