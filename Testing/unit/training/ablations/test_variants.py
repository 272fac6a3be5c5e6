"""Every variant is the network with one thing changed."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.network.count import count
from LightMSegmentationLib.network.mamba import Mamba
from LightMSegmentationLib.network.mamba_layer import MambaLayer
from LightMSegmentationLib.training.ablations.gated_convolution import GatedConvolution
from LightMSegmentationLib.training.ablations.self_attention import SelfAttention, position_code
from LightMSegmentationLib.training.ablations.substitute_layer import SubstituteLayer
from LightMSegmentationLib.training.ablations.variants import LAYERS, patch_macs, variant_of
from LightMSegmentationLib.training.config import NetworkConfig
from LightMSegmentationLib.training.run import build_network

if TYPE_CHECKING:
    from LightMSegmentationLib.network.lightm_unet import LightMUNet
    from LightMSegmentationLib.training.config import TrainingConfig
    from torch import nn

SPATIAL = torch.Size((4, 6, 8))


@pytest.fixture
def config(tiny_config: TrainingConfig) -> TrainingConfig:
    """A LightM-UNet of two levels with one block each: five Mamba layers, three of them at full resolution."""
    return replace(tiny_config, network=NetworkConfig(8, (1, 1), (1,)))


def network_of(name: str, config: TrainingConfig) -> LightMUNet:
    variant = variant_of(name)
    return variant.network(variant.config(config)).eval()


def layers_of(network: nn.Module, kind: type[nn.Module]) -> list[str]:
    return [name for name, module in network.named_modules() if isinstance(module, kind)]


def changed_by(mixer: nn.Module, voxel: tuple[int, int, int]) -> torch.Tensor:
    """Return which voxels' results change when one voxel's token does, as a mask (k, j, i)."""
    torch.manual_seed(1)
    tokens = torch.randn(1, math.prod(SPATIAL), 16)
    other = tokens.clone()
    other.view(*SPATIAL, 16)[voxel] += 1.0
    with torch.no_grad():
        difference = mixer(other, SPATIAL) - mixer(tokens, SPATIAL)
    return difference.view(*SPATIAL, 16).abs().amax(-1) > 0


def test_the_state_space_variant_is_the_network_that_ships(config: TrainingConfig) -> None:
    ours, ships = network_of("state-space", config).state_dict(), build_network(config).state_dict()
    assert ours.keys() == ships.keys()
    assert all(torch.equal(ours[name], value) for name, value in ships.items())


@pytest.mark.parametrize("name", [*LAYERS, "width-16", "depth-1-2"])
def test_every_weight_of_every_variant_learns(name: str, config: TrainingConfig) -> None:
    network = network_of(name, config).train()
    logits = network(torch.randn(1, 1, 8, 8, 8))
    assert logits.shape == (1, 3, 8, 8, 8)
    logits.square().mean().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


@pytest.mark.parametrize("name", ["convolution", "self-attention"])
def test_a_substitute_stands_in_every_place_of_mamba_and_leaves_all_else_as_it_was(
    name: str, config: TrainingConfig
) -> None:
    changed, ships = network_of(name, config), build_network(config)
    assert layers_of(changed, SubstituteLayer) == layers_of(ships, MambaLayer)
    kept = changed.state_dict()
    others = {key: value for key, value in ships.state_dict().items() if ".mamba." not in key}
    assert all(torch.equal(kept[key], value) for key, value in others.items())


def test_a_substitute_can_begin_at_a_deeper_level(config: TrainingConfig) -> None:
    network = network_of("self-attention@1", config)
    assert layers_of(network, SubstituteLayer) == ["down_layers.1.1.conv1", "down_layers.1.1.conv2"]
    assert len(layers_of(network, MambaLayer)) == 3


@torch.no_grad()
def test_without_adjustment_the_network_begins_the_same_but_has_no_factors(config: TrainingConfig) -> None:
    fixed, ships = network_of("no-adjustment", config), build_network(config).eval()
    image = torch.randn(1, 1, 8, 8, 8)
    assert torch.equal(fixed(image), ships(image))
    assert not [name for name, _ in fixed.named_parameters() if name.startswith("down") and "skip_scale" in name]
    assert count(ships, 1, (8, 8, 8)).parameters - count(fixed, 1, (8, 8, 8)).parameters == 5


@torch.no_grad()
def test_without_residual_a_layer_gives_only_what_mamba_makes_of_its_input(config: TrainingConfig) -> None:
    layer = network_of("no-residual", config).get_submodule("down_layers.1.1.conv1")
    assert isinstance(layer, MambaLayer)
    features = torch.randn(1, 16, 4, 4, 4)
    tokens = features.flatten(2).transpose(1, 2)
    expected = layer.proj(layer.norm(layer.mamba(layer.norm(tokens))))
    torch.testing.assert_close(layer(features).flatten(2).transpose(1, 2), expected, rtol=1e-4, atol=1e-5)


def test_a_fixed_factor_stays_as_it_is_when_the_network_learns(config: TrainingConfig) -> None:
    network = network_of("no-residual", config).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.1)
    network(torch.randn(1, 1, 8, 8, 8)).square().mean().backward()
    optimizer.step()
    factors = [value for name, value in network.state_dict().items() if "down" in name and "skip_scale" in name]
    assert [factor.item() for factor in factors] == [0.0] * 5


def test_a_convolution_sees_the_neighbors_along_every_axis_and_no_further() -> None:
    changed = changed_by(GatedConvolution(3, 16), (2, 3, 4))
    expected = torch.zeros(SPATIAL, dtype=torch.bool)
    expected[1:4, 2:5, 3:6] = True
    assert torch.equal(changed, expected)


def test_attention_sees_everything() -> None:
    assert changed_by(SelfAttention(16), (0, 0, 0)).all()


def test_attention_tells_voxels_apart_that_look_alike() -> None:
    attention = SelfAttention(16)
    with torch.no_grad():
        result = attention(torch.ones(1, math.prod(SPATIAL), 16), SPATIAL)[0]
    assert len(torch.unique((1e4 * result).round(), dim=0)) == math.prod(SPATIAL)


def test_every_place_of_a_feature_map_has_a_code_of_its_own() -> None:
    code = position_code((12, 20, 20), 32)
    assert code.shape == (4800, 32)
    assert len(torch.unique((1e4 * code).round(), dim=0)) == 4800


def test_a_convolution_has_about_as_many_weights_as_the_state_space_module() -> None:
    ours, ships = (
        sum(weights.numel() for weights in part.parameters()) for part in (GatedConvolution(3, 64), Mamba(64))
    )
    assert 0.8 < ours / ships < 1.2


def test_attention_between_all_voxels_is_counted(config: TrainingConfig) -> None:
    network = network_of("self-attention@1", config)
    voxels, channels = 8**3, 16
    expected = count(network, 1, config.patch).macs + 2 * (2 * voxels**2 * channels)
    assert patch_macs(network, config) == expected


def test_operations_of_the_network_that_ships_are_those_of_the_usual_count(config: TrainingConfig) -> None:
    network = network_of("state-space", config)
    assert patch_macs(network, config) == count(network, 1, config.patch).macs


def test_width_and_depth_are_named_by_their_numbers(config: TrainingConfig) -> None:
    assert variant_of("width-24").config(config).network == NetworkConfig(24, (1, 1), (1,))
    assert variant_of("depth-1-3").config(config).network == NetworkConfig(8, (1, 3), (1,))


@pytest.mark.parametrize("name", ["transformer", "convolution@", "convolution@deep", "width-", "depth", "width-8-8"])
def test_a_variant_that_does_not_exist_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(UsageError, match=f"There is no variant '{name}'"):
        variant_of(name)


@pytest.mark.parametrize("name", ["depth-1-1-1", "convolution@2"])
def test_levels_that_the_network_does_not_have_are_refused(name: str, config: TrainingConfig) -> None:
    with pytest.raises(UsageError, match="does not fit a network of 2 levels"):
        variant_of(name).config(config)


def test_a_width_that_no_network_has_is_refused(config: TrainingConfig) -> None:
    with pytest.raises(UsageError, match="There is no network for the variant 'width-7': init_filters must be"):
        network_of("width-7", config)
