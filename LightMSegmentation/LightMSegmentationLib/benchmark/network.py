"""One forward pass of whole networks over a cube: ours on its backends, and what a user would take instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.benchmark.comparison import Candidate
from LightMSegmentationLib.benchmark.device import finished

if TYPE_CHECKING:
    import torch
    from torch import nn

CLASSES = 3
#: The shipped network and the published one.
FILTERS = (16, 32)
MEGA, GIGA = 1e6, 1e9


def network_candidates(device: torch.device, extent: int) -> list[Candidate]:
    """Return LightM-UNet with 16 filters on every backend that works here, over ``extent`` voxels along each axis."""
    from LightMSegmentationLib.network.selective_scan import available_backends
    from LightMSegmentationLib.network.selective_scan.backends import backend_named

    reports = [report for report in available_backends() if report.available and device.type in report.device_types]
    fast = [report.name for report in reports if backend_named(report.name).name != "reference"]
    return [our_candidate(device, extent, FILTERS[0], name) for name in fast]


def our_candidate(device: torch.device, extent: int, filters: int, backend: str = "auto") -> Candidate:
    """Return LightM-UNet with fresh weights."""
    from LightMSegmentationLib.network.count import count
    from LightMSegmentationLib.network.lightm_unet import LightMUNet

    network = LightMUNet(init_filters=filters, out_channels=CLASSES, scan_backend=backend)
    counted = count(network, 1, (extent,) * 3)
    facts = {"M parameters": counted.parameters / MEGA, "GFLOP": counted.gflop}
    return candidate(f"LightM-UNet, {filters} filters, {backend}", network, device, extent, facts)


def candidate(name: str, network: nn.Module, device: torch.device, extent: int, facts: dict[str, float]) -> Candidate:
    """Return a forward pass of a network over one random cube."""
    import torch

    network = network.to(device).eval()
    image = torch.randn(1, 1, extent, extent, extent, generator=torch.Generator().manual_seed(0)).to(device)
    return Candidate(name, finished(lambda: network(image), device), facts)
