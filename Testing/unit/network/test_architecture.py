"""A checkpoint's weights tell which network they are for."""

from __future__ import annotations

import pytest
import torch
from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.network.architecture import architecture_of
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from LightMSegmentationLib.network.vm_unet import VMUNet


@pytest.mark.parametrize(
    "arguments",
    [
        {"spatial_dims": 3, "in_channels": 1, "out_channels": 3, "init_filters": 8, "blocks_down": (1, 2, 2, 4),
         "blocks_up": (1, 1, 1)},
        {"spatial_dims": 2, "in_channels": 3, "out_channels": 2, "init_filters": 16, "blocks_down": (1, 3),
         "blocks_up": (2,)},
    ],
)  # fmt: skip
def test_lightm_unets_arguments_are_found(arguments: dict) -> None:
    assert architecture_of(LightMUNet(**arguments).state_dict(), "x.pth") == ("lightm-unet", arguments)


def test_vm_unets_arguments_are_found() -> None:
    arguments = {"in_channels": 3, "out_channels": 9, "depths": (1, 2, 1), "depths_decoder": (2, 1, 1),
                 "dims": (16, 32, 64)}  # fmt: skip
    assert architecture_of(VMUNet(**arguments).state_dict(), "x.pth") == ("vm-unet", arguments)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("convInit.conv.weight", "LightM-UNet's first version, with full convolutions in its decoder"),
        ("layers.0.blocks.1.self_attention.Ds", "VMamba, which tells what a picture shows"),
        ("encoder.stages.0.0.convs.0.conv.weight", "nnU-Net's own U-Net"),
        ("mamba_layers.0.mamba.A_log", "a Mamba network other than LightM-UNet"),
        ("swinViT.layers1.0.blocks.0.norm1.weight", "a Swin network"),
        ("inc.double_conv.0.weight", "a plain U-Net"),
        ("fc.weight", "an unknown network"),
    ],
)
def test_other_networks_are_called_by_name(name: str, said: str) -> None:
    with pytest.raises(ModelError, match=rf"best\.pth is a checkpoint of {said}"):
        architecture_of({name: torch.zeros(1)}, "best.pth")
