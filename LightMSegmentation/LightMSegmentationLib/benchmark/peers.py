"""Networks that a user would take instead, as far as their packages are there; none of them is needed by ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.benchmark.network import CLASSES, FILTERS, GIGA, MEGA, candidate, our_candidate

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from torch import nn

    from LightMSegmentationLib.benchmark.comparison import Candidate


def peer_candidates(device: torch.device, extent: int) -> list[Candidate]:
    """Return ours and every peer whose package is there, with fresh weights, over a cube of ``extent`` voxels."""
    ours = [our_candidate(device, extent, filters) for filters in FILTERS]
    return [*ours, *(found for name, make in _PEERS.items() if (found := _peer(name, make, device, extent)))]


def _peer(name: str, make: Callable[[int], nn.Module], device: torch.device, extent: int) -> Candidate | None:
    try:
        network = make(extent)
    except ImportError:
        return None
    return candidate(name, network, device, extent, _facts(make, extent))


def _facts(make: Callable[[int], nn.Module], extent: int) -> dict[str, float]:
    """Count parameters, and operations on a device that computes nothing."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    network = make(extent).eval().to("meta")
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, 1, extent, extent, extent, device="meta"))
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return {"M parameters": parameters / MEGA, "GFLOP": counter.get_total_flops() / GIGA}


def _nnunet(_extent: int) -> nn.Module:
    """Return the network of nnU-Net's 3d_fullres plans for LiTS-like data."""
    from dynamic_network_architectures.architectures.unet import PlainConvUNet
    from torch import nn

    return PlainConvUNet(
        1, 6, (32, 64, 128, 256, 320, 320), nn.Conv3d, 3, (1, 2, 2, 2, 2, 2), 2, CLASSES, 2, conv_bias=True,
        norm_op=nn.InstanceNorm3d, norm_op_kwargs={"affine": True}, nonlin=nn.LeakyReLU,
        nonlin_kwargs={"inplace": True},
    )  # fmt: skip


def _segresnet(_extent: int) -> nn.Module:
    from monai.networks.nets import SegResNet

    return SegResNet(init_filters=32, in_channels=1, out_channels=CLASSES, blocks_down=(1, 2, 2, 4))


def _unetr(extent: int) -> nn.Module:
    from monai.networks.nets import UNETR

    return UNETR(in_channels=1, out_channels=CLASSES, img_size=(extent,) * 3)


def _swin_unetr(_extent: int) -> nn.Module:
    from monai.networks.nets import SwinUNETR

    return SwinUNETR(in_channels=1, out_channels=CLASSES, feature_size=48)


_PEERS: dict[str, Callable[[int], nn.Module]] = {
    "nnU-Net 3d_fullres": _nnunet,
    "SegResNet": _segresnet,
    "UNETR": _unetr,
    "SwinUNETR": _swin_unetr,
}
