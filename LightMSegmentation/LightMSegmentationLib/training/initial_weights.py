"""What a run starts from: seeded weights, those of an earlier run, or those of an installed model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.inference.model_card import read_model_card
from LightMSegmentationLib.inference.model_store import installed_cards
from LightMSegmentationLib.network.weights import read_weights
from LightMSegmentationLib.training.checkpoint import load_checkpoint
from LightMSegmentationLib.training.places import state_folder

if TYPE_CHECKING:
    from LightMSegmentationLib.inference.model_card import ModelCard, StagePlan
    from LightMSegmentationLib.network.lightm_unet import LightMUNet

BY_HASH = "sha256:"
_FIRST_CONVOLUTIONS = ("convInit.0.conv.weight", "convInit.1.conv.weight")


def initial_weights(source: str) -> dict[str, torch.Tensor]:
    """Return the averaged weights of the run that ``source`` names, or of the installed model with that hash.

    Raises
    ------
    UsageError
        When there is no such run or model.
    """
    if source.startswith(BY_HASH):
        card, stage = installed_stage(source.removeprefix(BY_HASH))
        return read_weights(card.weights_path(stage), stage.sha256)
    earlier = load_checkpoint(state_folder(source))
    if earlier is None:
        cause = f"The run {source!r}, which this one starts from, has no checkpoint."
        raise UsageError(cause, f"Train {source!r} first.")
    return earlier["average"]["weights"]


def load_into(network: LightMUNet, weights: dict[str, torch.Tensor]) -> None:
    """Give a network earlier weights; inputs that the earlier one did not have change nothing at first.

    The first convolution, depthwise and pointwise, is all that knows the inputs. The pointwise weights of new ones
    start at zero, and their gradients do not.
    """
    depthwise, pointwise = (network.get_parameter(name).detach().clone() for name in _FIRST_CONVOLUTIONS)
    known = weights[_FIRST_CONVOLUTIONS[0]].shape[0]
    depthwise[:known] = weights[_FIRST_CONVOLUTIONS[0]]
    pointwise[:, known:] = 0.0
    pointwise[:, :known] = weights[_FIRST_CONVOLUTIONS[1]]
    network.load_state_dict({**weights, **dict(zip(_FIRST_CONVOLUTIONS, (depthwise, pointwise), strict=True))})


def installed_stage(sha256: str) -> tuple[ModelCard, StagePlan]:
    """Return the card and the stage of the installed model whose weights have a hash.

    Raises
    ------
    UsageError
        When there is none.
    """
    for path in installed_cards().values():
        card = read_model_card(path)
        for stage in card.stages.values():
            if stage.sha256 == sha256:
                return card, stage
    cause = f"No installed model has the weights {sha256[:12]}…, which this run starts from."
    raise UsageError(cause, "Install the version of the model that has them; 'lightm models' lists what is there.")
