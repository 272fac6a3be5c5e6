"""The selective scan at the size of the network's first level, on every backend that works here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from LightMSegmentationLib.benchmark.comparison import Candidate
from LightMSegmentationLib.benchmark.device import finished, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

CHANNELS, STATES = 64, 16
# Compares results, not speeds: it takes minutes.
_DEFINITION = "reference"


def scan_candidates(device: torch.device, length: int) -> list[Candidate]:
    """Return forward, and forward with backward, of (1, 64 channels, 16 states, ``length``) with gate."""
    from LightMSegmentationLib.network.selective_scan import available_backends

    names = [
        report.name
        for report in available_backends()
        if report.available and device.type in report.device_types and report.name != _DEFINITION
    ]
    inputs = scan_inputs(device, length)
    forward = [Candidate(name, finished(partial(_scan, inputs, name), device)) for name in names]
    both = [Candidate(f"{name}, with gradients", _with_gradients(inputs, name, device)) for name in names]
    return [*forward, *both]


def scan_inputs(device: torch.device, length: int) -> tuple[torch.Tensor, ...]:
    """Return u, delta, A, B, C, D, z, delta_bias with steps and rates as a new network has them."""
    import torch

    generator = torch.Generator().manual_seed(0)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator).to(device)

    wide, narrow = (1, length, CHANNELS), (1, length, STATES)
    rates = -torch.arange(1.0, STATES + 1).repeat(CHANNELS, 1).to(device)
    bias = torch.linspace(-6.9, -2.3, CHANNELS).to(device)  # softplus: steps of 0.001 to 0.1
    raw_steps = 0.1 * random(*wide)
    return random(*wide), raw_steps, rates, random(*narrow), random(*narrow), random(CHANNELS), random(*wide), bias


def _scan(inputs: tuple[torch.Tensor, ...], backend: str) -> torch.Tensor:
    from LightMSegmentationLib.network.selective_scan import selective_scan

    return selective_scan(*inputs, backend=backend)


def _with_gradients(inputs: tuple[torch.Tensor, ...], backend: str, device: torch.device) -> Callable[[], None]:
    def run() -> None:
        import torch

        leaves = tuple(tensor.detach().requires_grad_() for tensor in inputs)
        torch.autograd.grad(_scan(leaves, backend).sum(), leaves)
        wait_for(device)

    return run
