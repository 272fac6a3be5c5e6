"""A small model that finds the phantom's liver, made in a second from a seed.

The network's weights are random but weak, except along the path that carries smoothed intensity through the skip
connection to the last layer, which is fitted to one phantom by least squares. So all of the network runs, and what it
finds can be told right from wrong, unlike with plainly random weights.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

import torch
from LightMSegmentationLib.imaging.body import body_center, body_mask
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.model import build_network
from LightMSegmentationLib.inference.model_card import CLASSES, FORMAT, NetworkPlan, StagePlan
from LightMSegmentationLib.inference.network_input import network_input, resampled_for
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from safetensors.torch import save_file
from torch.nn.functional import one_hot, pad

from Testing.data.phantom import abdomen_phantom

NETWORK = NetworkPlan(3, 1, 3, 8, (1, 1, 1), (1, 1))
COARSE = StagePlan(NETWORK, (6.0, 6.0, 6.0), (-40.0, 200.0), (52, 60, 80), 0.25, "tiny.safetensors", "")
FINE = replace(COARSE, spacing_mm=(5.0, 5.0, 5.0))

WEAKNESS = 0.02


def write_tiny_model(folder: Path, *, blind: bool = False) -> Path:
    """Write a model of two stages and return the path of its card; a ``blind`` one sees background everywhere."""
    network = _fitted(COARSE)
    if blind:
        _pointwise(network).bias.data = torch.tensor([1000.0, 0.0, 0.0])
    weights = folder / COARSE.weights
    save_file(network.state_dict(), weights)
    sha256 = hashlib.sha256(weights.read_bytes()).hexdigest()
    stages = {name: asdict(replace(plan, sha256=sha256)) for name, plan in (("coarse", COARSE), ("fine", FINE))}
    card = {
        "format": FORMAT,
        "name": "tiny",
        "version": "1.0",
        "license": "CC0-1.0",
        "classes": CLASSES,
        "stages": stages,
        "about": {"intended use": "tests", "training": ["one phantom"]},
    }
    path = folder / "tiny.json"
    path.write_text(json.dumps(card, indent=2), encoding="utf-8")
    return path


def _fitted(plan: StagePlan) -> LightMUNet:
    """Return a network whose last layer tells one phantom's classes apart, rare ones weighing more per voxel."""
    torch.manual_seed(0)
    network = build_network(plan.network).eval()
    _carry_intensity(network)
    hu, labels = abdomen_phantom(seed=0, spacing=plan.spacing_mm, tumor_diameters=(25.0, 50.0))
    features = _features(network, _whole_input(hu, plan)).double()
    target = torch.from_numpy(labels.array).long().flatten()
    classes = one_hot(target, len(CLASSES)).double()
    weights = classes.sum(0)[target].pow(-0.25)[:, None]
    solution = torch.linalg.lstsq(features * weights, classes * weights).solution
    pointwise = _pointwise(network)
    pointwise.weight.data = solution[:-1].T.float().reshape(pointwise.weight.shape).contiguous()
    pointwise.bias.data = solution[-1].float()
    return network


@torch.no_grad()
def _carry_intensity(network: LightMUNet) -> None:
    """Weaken all weights but those that lead the smoothed image, bent at a different level in each channel, through."""
    for name, parameter in network.named_parameters():
        if name.startswith(("down_layers", "up_samples")) and name.endswith(
            ("proj.weight", "proj.bias", "conv.weight")
        ):
            parameter.mul_(WEAKNESS)
    network.convInit[0].conv.weight.fill_(1.0 / 27.0)
    network.convInit[1].conv.weight.fill_(1.0)
    last = network.up_layers[-1][-1]
    last.conv[1].conv.weight.mul_(WEAKNESS)
    last.norm2.bias.copy_(torch.linspace(-0.5, -2.2, last.norm2.bias.numel()))
    final_norm, _, final = network.conv_final
    final_norm.bias.fill_(20.0)
    final[0].conv.weight.fill_(1.0)
    final[0].conv.bias.zero_()


def _whole_input(hu: Volume, plan: StagePlan) -> torch.Tensor:
    resampled = resampled_for(hu, plan)
    return network_input(resampled, plan, body_center(body_mask(resampled.array), resampled.grid))


@torch.inference_mode()
def _features(network: LightMUNet, image: torch.Tensor) -> torch.Tensor:
    """Return what the last layer gets, and a one, for every voxel: (voxels, features + 1)."""
    padding = [part for extent in reversed(image.shape[1:]) for part in (0, -extent % network.size_multiple)]
    caught: list[torch.Tensor] = []
    last = network.conv_final[-1][-1]
    handle = last.register_forward_pre_hook(lambda _module, inputs: caught.append(inputs[0][0]))
    network(pad(image, padding, value=-1.0)[None])
    handle.remove()
    _, depth, height, width = image.shape
    inside = caught[0][:, :depth, :height, :width].flatten(1).T
    return torch.cat([inside, torch.ones(len(inside), 1)], dim=1)


def _pointwise(network: LightMUNet) -> torch.nn.Conv3d:
    return network.conv_final[-1][-1].conv
