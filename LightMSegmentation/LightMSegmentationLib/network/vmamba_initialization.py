"""Starting VM-UNet from the weights of an image classifier, as its authors do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from LightMSegmentationLib.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from LightMSegmentationLib.network.vm_unet import VMUNet

TRUNK = "vmunet."


@dataclass(frozen=True)
class Initialization:
    """How many tensors of the encoder and the decoder were taken over, and which of the classifier's were not used."""

    encoder: int
    decoder: int
    unused: tuple[str, ...]


def initialize_from_vmamba(network: VMUNet, classifier: Mapping[str, torch.Tensor]) -> Initialization:
    """Copy the weights of VMamba, trained on ImageNet, into encoder and decoder of ``network``.

    ``classifier`` is the ``model`` entry of a VMamba checkpoint of January 2024 (such as vmamba_small_e238_ema.pth).
    Every tensor goes to up to two places::

        patch_embed.*         -> vmunet.patch_embed.*
        layers.I.*            -> vmunet.layers.I.*
        layers.I.blocks.*     -> vmunet.layers_up.(N-1-I).blocks.*       N levels: the decoder mirrors the encoder
        norm.*, head.*        -> nowhere; blocks beyond the network's depth neither

    Raises
    ------
    ModelError
        When nothing fits, or a tensor has another shape than the one that its name stands for: another classifier.

    Notes
    -----
    Source: Ruan and Xiang, "VM-UNet: Vision Mamba UNet for Medical Image Segmentation" (2024), section 4.2.
    """
    own = network.state_dict()
    levels = len(network.vmunet.layers)
    encoder = {TRUNK + name: name for name in classifier if TRUNK + name in own}
    mirrored = {_decoder_name(name, levels): name for name in classifier}
    decoder = {place: name for place, name in mirrored.items() if place in own}
    taken = encoder | decoder
    _check_shapes(own, classifier, taken)
    network.load_state_dict(own | {place: classifier[name] for place, name in taken.items()})
    unused = tuple(sorted(set(classifier) - set(taken.values())))
    return Initialization(len(encoder), len(decoder), unused)


def _decoder_name(name: str, levels: int) -> str:
    """Return where the decoder has what the classifier calls ``name``, or an empty text."""
    found = re.fullmatch(r"layers\.(\d+)\.(blocks\..+)", name)
    return f"{TRUNK}layers_up.{levels - 1 - int(found[1])}.{found[2]}" if found else ""


def _check_shapes(
    own: Mapping[str, torch.Tensor], classifier: Mapping[str, torch.Tensor], taken: Mapping[str, str]
) -> None:
    advice = "Use a VMamba checkpoint of January 2024, such as vmamba_small_e238_ema.pth."
    if not taken:
        cause = "The checkpoint holds nothing that VM-UNet could start from."
        raise ModelError(cause, advice)
    for place, name in taken.items():
        if own[place].shape != classifier[name].shape:
            shapes = f"{tuple(classifier[name].shape)} instead of {tuple(own[place].shape)}"
            cause = f"The checkpoint is of another VMamba: {name} has the shape {shapes}."
            raise ModelError(cause, advice)
