"""Telling from its weights which network a checkpoint belongs to, and with which settings that was built."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import torch

LIGHTM_UNET = "lightm-unet"
VM_UNET = "vm-unet"

# How checkpoints of other networks are known: a pattern that one of the names matches, and what people call it. The
# first that fits counts.
_OTHERS = (
    (r"convInit\.conv\.weight", "LightM-UNet's first version, with full convolutions in its decoder"),
    (r"layers\.\d+\.blocks\.\d+\.self_attention\..+", "VMamba, which tells what a picture shows but segments nothing"),
    (r"(encoder\.)?mamba_layers?\..+|.*\.mamba\.A_log", "a Mamba network other than LightM-UNet and VM-UNet"),
    (r"encoder\.stages\..+", "nnU-Net's own U-Net"),
    (r"swin_unet\..+|swinViT\..+", "a Swin network"),
    (r"(downs?|inc|up\d)\..+", "a plain U-Net"),
)


def architecture_of(weights: Mapping[str, torch.Tensor], file_name: str) -> tuple[str, dict[str, Any]]:
    """Return ``LIGHTM_UNET`` or ``VM_UNET`` and the arguments of its class that fit ``weights``.

    Raises
    ------
    ModelError
        When the weights are those of another network; the sentence says of which, where that is known.
    """
    if "convInit.0.conv.weight" in weights:
        return LIGHTM_UNET, _lightm_unet(weights)
    if "vmunet.patch_embed.proj.weight" in weights:
        return VM_UNET, _vm_unet(weights)
    kind = next((kind for pattern, kind in _OTHERS if any(re.fullmatch(pattern, name) for name in weights)), "")
    cause = f"{file_name} is a checkpoint of {kind or 'an unknown network'}, not of LightM-UNet or VM-UNet."
    raise ModelError(cause, "Choose a checkpoint of the authors' published LightMUNet or VMUNet.")


def _lightm_unet(weights: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    first = weights["convInit.0.conv.weight"]
    final = next(tensor for name, tensor in weights.items() if re.fullmatch(r"conv_final\.2\.1\.conv\.weight", name))
    levels = _count(weights, r"down_layers\.(\d+)\.")
    return {
        "spatial_dims": first.dim() - 2,
        "in_channels": first.shape[0],
        "out_channels": final.shape[0],
        "init_filters": weights["convInit.1.conv.weight"].shape[0],
        # The first entry of a level halves the resolution, or does nothing.
        "blocks_down": tuple(_count(weights, rf"down_layers\.{level}\.(\d+)\.", first=1) for level in range(levels)),
        "blocks_up": tuple(_count(weights, rf"up_layers\.{level}\.(\d+)\.") for level in range(levels - 1)),
    }


def _vm_unet(weights: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    embedding = weights["vmunet.patch_embed.proj.weight"]
    levels = range(_count(weights, r"vmunet\.layers\.(\d+)\."))
    return {
        "in_channels": embedding.shape[1],
        "out_channels": weights["vmunet.final_conv.weight"].shape[0],
        "depths": tuple(_count(weights, rf"vmunet\.layers\.{level}\.blocks\.(\d+)\.") for level in levels),
        "depths_decoder": tuple(_count(weights, rf"vmunet\.layers_up\.{level}\.blocks\.(\d+)\.") for level in levels),
        "dims": tuple(embedding.shape[0] * 2**level for level in levels),
    }


def _count(names: Iterable[str], pattern: str, first: int = 0) -> int:
    """Return how many numbers from ``first`` on the pattern's group finds at the beginning of names."""
    found = {int(match[1]) for name in names if (match := re.match(pattern, name))}
    return len([number for number in found if number >= first])
