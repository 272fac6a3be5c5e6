"""Start or continue a run of a two-dimensional network, and leave a model that can be added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.freed_memory import freed_memory_kept
from LightMSegmentationLib.network.architecture import VM_UNET
from LightMSegmentationLib.network.checkpoint_file import read_checkpoint, state_dict_in
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from LightMSegmentationLib.network.vm_unet import VMUNet
from LightMSegmentationLib.network.vmamba_initialization import initialize_from_vmamba
from LightMSegmentationLib.training.places import archive_path, state_folder
from LightMSegmentationLib.training.slices.config import load_slice_config
from LightMSegmentationLib.training.slices.export import export_slice_model
from LightMSegmentationLib.training.slices.loop import SliceTraining
from LightMSegmentationLib.training.slices.pack import prepared_pack
from LightMSegmentationLib.training.stopping import stopped_by_signals

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.training.slices.config import SliceTrainingConfig

MODEL_FOLDER = "model"
CLASSIFIER_ENTRIES = ("model",)


@dataclass(frozen=True)
class SliceRun:
    """What a run left: where it stands, and the card of the model so far (None in processes that do not lead)."""

    training: SliceTraining
    card: Path | None


def train_slices(
    config_path: Path,
    folder: Path | None = None,
    minutes: float = float("inf"),
    data: Path | None = None,
    imagenet: Path | None = None,
) -> SliceRun:
    """Train the run that a configuration file describes, continuing from its state folder, and export its model.

    Parameters
    ----------
    config_path
        JSON file of a `SliceTrainingConfig`.
    folder
        Where checkpoints, journal and model are; by default below the user's cache.
    minutes
        When to stop, resumable.
    data
        Folder of the dataset; needed the first time only.
    imagenet
        Checkpoint of a VMamba classifier that VM-UNet starts from, as its authors do.

    Raises
    ------
    UsageError, UnusableInputError, ModelError
        When configuration, dataset or checkpoint do not fit.
    """
    config = load_slice_config(config_path)
    network = build_slice_network(config, imagenet)
    pack = prepared_pack(archive_path(config.packed).with_suffix(".pictures"), config.plan, data)
    folder = folder or state_folder(config.name)
    training = SliceTraining(network, pack, config, folder)
    with freed_memory_kept(), stopped_by_signals(training.stop):
        training.run(minutes)
    card = export_slice_model(training, pack, folder / MODEL_FOLDER) if training.leads else None
    training.leave()
    return SliceRun(training, card)


def build_slice_network(config: SliceTrainingConfig, imagenet: Path | None) -> torch.nn.Module:
    """Return the run's network with seeded weights, or, of VM-UNet, with those of a classifier.

    Raises
    ------
    UsageError
        When the network can't be built, can't take pictures of the configured size, or starts from no classifier.
    ModelError
        When the classifier's file is not safe, damaged, or of another network.
    """
    torch.manual_seed(config.seed)
    plan = config.plan
    network = _network(plan.architecture, plan.network)
    if any(extent % network.size_multiple for extent in plan.size):
        cause = f"The network takes pictures whose edges are multiples of {network.size_multiple} pixels."
        raise UsageError(cause, "Correct 'size' in the configuration file.")
    if imagenet is not None:
        if not isinstance(network, VMUNet):
            cause = "Only VM-UNet starts from a classifier."
            raise UsageError(cause, "Leave out --imagenet.")
        initialize_from_vmamba(network, state_dict_in(read_checkpoint(imagenet), imagenet, CLASSIFIER_ENTRIES))
    return network


def _network(architecture: str, arguments: dict[str, Any]) -> VMUNet | LightMUNet:
    try:
        return VMUNet(**arguments) if architecture == VM_UNET else LightMUNet(**arguments)
    except ValueError as error:
        cause = f"There is no such network: {error}."
        raise UsageError(cause, "Correct the network in the configuration file.") from error
