"""Converting a checkpoint of a network for images into a model of ours: safetensors and a card."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import save_file

from LightMSegmentationLib.errors import ModelError, UsageError
from LightMSegmentationLib.inference.model_card import FORMAT
from LightMSegmentationLib.inference.slice_plan import SlicePlan
from LightMSegmentationLib.network.architecture import LIGHTM_UNET, VM_UNET, architecture_of
from LightMSegmentationLib.network.checkpoint_file import read_checkpoint, state_dict_in
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from LightMSegmentationLib.network.vm_unet import VMUNet
from LightMSegmentationLib.network.weights import sha256_of

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.model_manager.add import AddOptions

ENTRIES = ("model_state_dict", "network_weights", "state_dict", "model")
UNKNOWN_LICENSE = "Unknown: ask who trained it"
SYNAPSE = (
    "background",
    "aorta",
    "gallbladder",
    "left kidney",
    "right kidney",
    "liver",
    "pancreas",
    "spleen",
    "stomach",
)
"""Classes of the multi-organ dataset that VM-UNet was published with, in the order of their values."""
PHOTO_SIZE = (256, 256)
"""Source: Ruan and Xiang, "VM-UNet" (2024), section 4.2, for ISIC17 and ISIC18."""
SLICE_SIZE = (224, 224)
"""Source: the same, for Synapse."""
SYNAPSE_WINDOW = (-125.0, 275.0)
"""Source: Chen et al., "TransUNet" (2021), whose prepared slices of Synapse the authors use."""
_NETWORKS: dict[str, type[torch.nn.Module]] = {LIGHTM_UNET: LightMUNet, VM_UNET: VMUNet}


def convert_checkpoint(path: Path, name: str, options: AddOptions, folder: Path) -> Path:
    """Write a checkpoint's weights and a card into ``folder``; return the card's path.

    Raises
    ------
    ModelError
        When the file is not safe, damaged, or of another network.
    UsageError
        When the options do not fit the network.
    """
    weights = state_dict_in(read_checkpoint(path), path, ENTRIES)
    architecture, arguments = architecture_of(weights, path.name)
    if arguments.get("spatial_dims", 2) != 2:
        cause = f"{path.name} is a three-dimensional LightM-UNet, and does not say how its input was made."
        raise ModelError(cause, "Add the folder of nnU-Net's results that it is from, with plans.json.")
    _check_fit(architecture, arguments, weights, path.name)
    file = folder / f"{name}.safetensors"
    save_file({key: tensor.contiguous() for key, tensor in weights.items()}, file)
    plan = slice_plan_for(architecture, arguments, options, file.name, sha256_of(file))
    card = folder / f"{name}.json"
    card.write_text(json.dumps(_card(plan, name, options, path), indent=2) + "\n", encoding="utf-8")
    return card


def _check_fit(architecture: str, arguments: dict[str, Any], weights: dict[str, torch.Tensor], file_name: str) -> None:
    """Compare names and shapes with those of the network, without giving it memory."""
    with torch.device("meta"):
        wanted = {key: tensor.shape for key, tensor in _NETWORKS[architecture](**arguments).state_dict().items()}
    found = {key: tensor.shape for key, tensor in weights.items()}
    if wanted != found:
        odd = sorted(key for key in wanted.keys() | found.keys() if wanted.get(key) != found.get(key))
        cause = f"{file_name} does not fit the published network: {odd[0]} and {len(odd) - 1} others differ."
        raise ModelError(cause, "Choose a checkpoint of the authors' published code.")


def slice_plan_for(
    architecture: str, arguments: dict[str, Any], options: AddOptions, weights: str, sha256: str
) -> SlicePlan:
    """Return how the authors made a network's input, by its number of classes where the options do not say.

    Raises
    ------
    UsageError
        When the options name another number of labels than the network has.
    """
    outputs = arguments["out_channels"]
    labels = options.labels or _usual_labels(outputs)
    if len(labels) != max(outputs, 2):
        cause = f"The network tells {max(outputs, 2)} classes, background included; {len(labels)} were named."
        raise UsageError(cause, "Name as many with --labels.")
    if arguments["in_channels"] not in {1, 3}:
        cause = f"The network wants {arguments['in_channels']} channels; images have one (gray) or three (color)."
        raise UsageError(cause, "Choose another checkpoint.")
    if options.neighbors and arguments["in_channels"] != 3:
        cause = "The network sees one channel, so that there is no place for neighboring slices."
        raise UsageError(cause, "Leave out --three-slices.")
    photo = (options.source or ("photo" if outputs == 1 else "ct")) == "photo"
    return SlicePlan(
        source="photo" if photo else "ct",
        architecture=architecture,
        network=arguments,
        size=PHOTO_SIZE if photo else SLICE_SIZE,
        order=1 if photo else 3,
        window=None if photo else SYNAPSE_WINDOW,
        scaled_to=(0.0, 255.0) if photo else (0.0, 1.0),
        neighbors=options.neighbors,
        labels={label: value for value, label in enumerate(labels)},
        weights=weights,
        sha256=sha256,
    )


def _usual_labels(outputs: int) -> tuple[str, ...]:
    if outputs == len(SYNAPSE):
        return SYNAPSE
    if outputs <= 2:
        return ("background", "lesion")
    return ("background", *(f"class {value}" for value in range(1, outputs)))


def _card(plan: SlicePlan, name: str, options: AddOptions, source: Path) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": name,
        "version": "1",
        "license": options.license or UNKNOWN_LICENSE,
        "dims": plan.dims,
        "classes": list(plan.labels),
        "foreign": plan.entry,
        "about": {
            "origin": f"{plan.architecture} checkpoint {source.name}",
            "limits": [
                "A checkpoint does not say how its input was made: size, intensities and classes in this card are "
                "those that the authors of VM-UNet published for its number of classes. Correct the card where yours "
                "differ."
            ],
        },
    }
