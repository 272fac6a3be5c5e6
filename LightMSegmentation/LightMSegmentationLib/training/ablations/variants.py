"""The variants that are compared: what is changed in the network, under the name that the command takes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import torch
from torch import nn

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.network.count import count
from LightMSegmentationLib.network.mamba_layer import MambaLayer
from LightMSegmentationLib.network.residual_mamba_block import ResidualMambaBlock
from LightMSegmentationLib.training.ablations.gated_convolution import GatedConvolution
from LightMSegmentationLib.training.ablations.self_attention import SelfAttention, attention_macs
from LightMSegmentationLib.training.ablations.substitute_layer import SubstituteLayer
from LightMSegmentationLib.training.run import build_network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from LightMSegmentationLib.network.lightm_unet import LightMUNet
    from LightMSegmentationLib.training.config import TrainingConfig

_SPATIAL_DIMS = 3
_WIDTH = re.compile(r"width-(\d+)")
_DEPTH = re.compile(r"depth((?:-\d+)+)")


@dataclass(frozen=True)
class Variant:
    """One network among those that are compared.

    ``layers`` is what happens to the network's Mamba layers, a key of `LAYERS`; it happens from the level ``finest``
    on, counted from 0 at full resolution. ``init_filters`` and ``blocks_down`` replace the configuration's.
    """

    name: str
    layers: str = "state-space"
    finest: int = 0
    init_filters: int | None = None
    blocks_down: tuple[int, ...] | None = None

    def config(self, config: TrainingConfig) -> TrainingConfig:
        """Return the configuration with this variant's width and depth.

        Raises
        ------
        UsageError
            When the variant speaks of other levels than the configuration's network has.
        """
        network = config.network
        levels = len(network.blocks_down)
        if self.finest >= levels or len(self.blocks_down or network.blocks_down) != levels:
            cause = f"The variant {self.name!r} does not fit a network of {levels} levels."
            raise UsageError(cause, f"Count levels from 0 to {levels - 1}; give a depth one number for each.")
        filters, blocks = self.init_filters or network.init_filters, self.blocks_down or network.blocks_down
        return replace(config, network=replace(network, init_filters=filters, blocks_down=blocks))

    def network(self, config: TrainingConfig) -> LightMUNet:
        """Return the network with seeded weights; parts that variants share start with the same ones.

        ``config`` is this variant's own, as `config` returns it.

        Raises
        ------
        UsageError
            When there is no network of that width.
        """
        try:
            network = build_network(config)
        except ValueError as error:
            cause = f"There is no network for the variant {self.name!r}: {error}."
            raise UsageError(cause, "Choose another width.") from error
        for level, owner, name in _places(network):
            if level >= self.finest:
                owner.add_module(name, LAYERS[self.layers](cast("MambaLayer", owner.get_submodule(name))))
        return network

    @property
    def description(self) -> str:
        """What this variant is, as a part of a sentence."""
        if self.init_filters is not None:
            return f"{self.init_filters} channels at full resolution"
        if self.blocks_down is not None:
            return f"{', '.join(map(str, self.blocks_down))} blocks on the levels of the encoder"
        where = f", from level {self.finest} on" if self.finest else ""
        return _DESCRIPTIONS[self.layers] + where


def variant_of(name: str) -> Variant:
    """Return the variant of a name: a key of `LAYERS`, also with ``@LEVEL``, or ``width-24``, or ``depth-1-1-2-2``.

    Raises
    ------
    UsageError
        When there is no such variant.
    """
    if width := _WIDTH.fullmatch(name):
        return Variant(name, init_filters=int(width[1]))
    if depth := _DEPTH.fullmatch(name):
        return Variant(name, blocks_down=tuple(int(blocks) for blocks in depth[1].split("-")[1:]))
    layers, at, level = name.partition("@")
    if layers not in LAYERS or (at and not level.isdecimal()):
        cause = f"There is no variant {name!r} of the network."
        raise UsageError(
            cause, f"Choose among {', '.join(LAYERS)} (from a level on: convolution@1), width-N, depth-N-N…."
        )
    return Variant(name, layers, int(level or 0))


def patch_macs(network: LightMUNet, config: TrainingConfig) -> int:
    """Return the multiply-accumulates of a forward pass over one patch, every scan and every attention counted."""
    attention = sum(
        attention_macs(math.prod(config.patch) // 2 ** (_SPATIAL_DIMS * level), layer.norm.normalized_shape[0])
        for level, owner, name in _places(network)
        if isinstance(layer := owner.get_submodule(name), SubstituteLayer) and isinstance(layer.mixer, SelfAttention)
    )
    return count(network, len(config.inputs), config.patch).macs + attention


def _places(network: LightMUNet) -> Iterator[tuple[int, nn.Module, str]]:
    """Yield the level of every Mamba layer, the module that holds it, and the layer's name there.

    The layer that doubles the channels works before the pooling, on the level above.
    """
    for level, stage in enumerate(network.down_layers):
        for module in cast("nn.Sequential", stage):
            if isinstance(module, ResidualMambaBlock):
                yield level, module, "conv1"
                yield level, module, "conv2"
            elif isinstance(module, nn.Sequential):
                yield level - 1, module, "0"


def _with_factor(value: float) -> Callable[[MambaLayer], nn.Module]:
    """Return what fixes the factor of a layer's skip connection."""

    def change(layer: MambaLayer) -> nn.Module:
        del layer.skip_scale
        layer.register_buffer("skip_scale", torch.full((1,), value))
        return layer

    return change


def _convolution(layer: MambaLayer) -> nn.Module:
    return SubstituteLayer(layer, GatedConvolution(_SPATIAL_DIMS, layer.proj.in_features))


def _self_attention(layer: MambaLayer) -> nn.Module:
    return SubstituteLayer(layer, SelfAttention(layer.proj.in_features))


LAYERS: dict[str, Callable[[MambaLayer], nn.Module]] = {
    "state-space": lambda layer: layer,
    "convolution": _convolution,
    "self-attention": _self_attention,
    "no-adjustment": _with_factor(1.0),
    "no-residual": _with_factor(0.0),
}
_DESCRIPTIONS = {
    "state-space": "LightM-UNet as it is",
    "convolution": "a gated depthwise convolution instead of the state-space module",
    "self-attention": "self-attention instead of the state-space module",
    "no-adjustment": "the layers' inputs are added as they are, without the learned factor",
    "no-residual": "the layers' inputs are not added",
}
