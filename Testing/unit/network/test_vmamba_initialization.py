"""VM-UNet starts from VMamba's ImageNet weights as its authors start it."""

from __future__ import annotations

import pytest
import torch
from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.network.vm_unet import VMUNet
from LightMSegmentationLib.network.vmamba_initialization import initialize_from_vmamba

DIMS = (8, 16, 32, 64)
CLASSIFIER_DEPTHS = (2, 2, 5, 2)
BLOCK = {
    "ln_1.weight": lambda c: (c,),
    "ln_1.bias": lambda c: (c,),
    "self_attention.x_proj_weight": lambda c: (4, 33, 2 * c) if c <= 16 else (4, 32 + c // 16, 2 * c),
    "self_attention.A_logs": lambda c: (8 * c, 16),
    "self_attention.Ds": lambda c: (8 * c,),
    "self_attention.dt_projs_weight": lambda c: (4, 2 * c, max(1, c // 16)),
    "self_attention.dt_projs_bias": lambda c: (4, 2 * c),
    "self_attention.in_proj.weight": lambda c: (4 * c, c),
    "self_attention.conv2d.weight": lambda c: (2 * c, 1, 3, 3),
    "self_attention.conv2d.bias": lambda c: (2 * c,),
    "self_attention.out_norm.weight": lambda c: (2 * c,),
    "self_attention.out_norm.bias": lambda c: (2 * c,),
    "self_attention.out_proj.weight": lambda c: (c, 2 * c),
}
"""The layout of VMamba's classifier in January 2024, block by block."""


def classifier() -> dict[str, torch.Tensor]:
    """Every tensor of a small VMamba, filled with a number of its own."""
    shapes = {
        "patch_embed.proj.weight": (DIMS[0], 3, 4, 4),
        "patch_embed.proj.bias": (DIMS[0],),
        "patch_embed.norm.weight": (DIMS[0],),
        "patch_embed.norm.bias": (DIMS[0],),
        "norm.weight": (DIMS[-1],),
        "norm.bias": (DIMS[-1],),
        "head.weight": (1000, DIMS[-1]),
        "head.bias": (1000,),
    }
    for level, (channels, depth) in enumerate(zip(DIMS, CLASSIFIER_DEPTHS, strict=True)):
        for block in range(depth):
            shapes |= {f"layers.{level}.blocks.{block}.{name}": shape(channels) for name, shape in BLOCK.items()}
        if level < 3:
            shapes[f"layers.{level}.downsample.reduction.weight"] = (2 * channels, 4 * channels)
            shapes[f"layers.{level}.downsample.norm.weight"] = (4 * channels,)
            shapes[f"layers.{level}.downsample.norm.bias"] = (4 * channels,)
    return {name: torch.full(shape, float(number)) for number, (name, shape) in enumerate(shapes.items())}


@pytest.fixture
def network() -> VMUNet:
    return VMUNet(depths=(2, 2, 2, 2), depths_decoder=(2, 2, 2, 1), dims=DIMS, scan_backend="reference")


def test_every_level_of_the_decoder_mirrors_one_of_the_encoder(network: VMUNet) -> None:
    weights = classifier()

    initialize_from_vmamba(network, weights)

    state = network.state_dict()
    for level in range(4):
        source = weights[f"layers.{level}.blocks.0.ln_1.weight"]
        assert torch.equal(state[f"vmunet.layers.{level}.blocks.0.ln_1.weight"], source)
        assert torch.equal(state[f"vmunet.layers_up.{3 - level}.blocks.0.ln_1.weight"], source)


def test_the_whole_encoder_is_taken_over_and_nothing_else_changed(network: VMUNet) -> None:
    before, weights = {name: x.clone() for name, x in network.state_dict().items()}, classifier()

    done = initialize_from_vmamba(network, weights)

    encoder = [name for name in before if name.startswith(("vmunet.patch_embed", "vmunet.layers."))]
    untouched = [name for name in before if "upsample" in name or "final" in name]
    assert done.encoder == len(encoder)
    assert done.decoder == 7 * len(BLOCK)
    assert all(torch.equal(network.state_dict()[name], weights[name.removeprefix("vmunet.")]) for name in encoder)
    assert all(torch.equal(network.state_dict()[name], before[name]) for name in untouched)


def test_head_norm_and_deeper_blocks_are_named_as_unused(network: VMUNet) -> None:
    done = initialize_from_vmamba(network, classifier())

    assert {"head.weight", "head.bias", "norm.weight", "norm.bias"} <= set(done.unused)
    assert all(name.startswith(("head", "norm", "layers.2.blocks.")) for name in done.unused)


def test_another_classifier_is_refused_in_a_sentence(network: VMUNet) -> None:
    weights = classifier() | {"layers.1.blocks.0.ln_1.bias": torch.zeros(17)}
    with pytest.raises(ModelError, match=r"another VMamba: layers\.1\.blocks\.0\.ln_1\.bias has the shape \(17,\)"):
        initialize_from_vmamba(network, weights)
    with pytest.raises(ModelError, match="nothing that VM-UNet could start from"):
        initialize_from_vmamba(network, {"conv1.weight": torch.zeros(1)})
