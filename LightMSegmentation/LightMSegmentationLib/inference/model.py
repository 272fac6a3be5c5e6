"""Loading a model of ours: card, verified weights, device, scan backend."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import torch

from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.inference.device import choose_device
from LightMSegmentationLib.inference.model_card import ModelCard, StagePlan, read_model_card
from LightMSegmentationLib.inference.model_store import find_card
from LightMSegmentationLib.inference.settings import Mode, SegmentationSettings
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from LightMSegmentationLib.network.selective_scan import choose_backend
from LightMSegmentationLib.network.weights import read_weights

if TYPE_CHECKING:
    from LightMSegmentationLib.inference.model_card import NetworkPlan

BEST_ZOOMS = (1.0, 0.85, 1.15)
"""Training scales patches by 0.8 to 1.25: so far from its own spacing a network still knows its way."""


@dataclass(frozen=True)
class LoadedStage:
    """A network in evaluation mode and the plan of its input."""

    plan: StagePlan
    network: torch.nn.Module


@dataclass(frozen=True)
class LoadedModel:
    """The networks of a model on their device, and the scan backend that they really use.

    ``zooms`` are the spacings at which the fine stage looks, relative to its own.
    """

    card: ModelCard
    stages: dict[str, LoadedStage]
    device: torch.device
    backend: str
    zooms: tuple[float, ...] = (1.0,)

    @property
    def last_stage(self) -> LoadedStage:
        """The stage whose logits become labels: the fine one where it is loaded."""
        return self.stages.get("fine", self.stages["coarse"])

    @property
    def weights_sha256(self) -> dict[str, str]:
        """The SHA-256 of the weights that are loaded, by stage."""
        return {name: stage.plan.sha256 for name, stage in self.stages.items()}


def load_model(settings: SegmentationSettings) -> LoadedModel:
    """Load what ``settings`` name: the coarse stage, and but in fast mode the fine one where the model has it.

    Raises
    ------
    ModelError
        When the model, its weights, the device or the backend is missing, damaged or unfit, or others made the model:
        `any_model.load_any_model` takes that, too.
    """
    return stages_of(read_model_card(find_card(settings.model)), settings)


def stages_of(card: ModelCard, settings: SegmentationSettings) -> LoadedModel:
    """Load the stages that a card describes; see `load_model`."""
    if card.foreign is not None:
        cause = f"The model '{card.name}' has no stages: it was not made by LightMUNet's own training."
        raise ModelError(cause, "Choose a model that was.")
    device = choose_device(settings.device)
    backend = choose_backend(settings.backend, device)
    wanted = ("coarse",) if settings.mode is Mode.FAST else ("coarse", "fine")
    stages = {name: load_stage(card, card.stages[name], device, backend) for name in wanted if name in card.stages}
    zooms = BEST_ZOOMS if settings.mode is Mode.BEST else (1.0,)
    return LoadedModel(card, stages, device, backend, zooms=zooms)


def load_stage(card: ModelCard, plan: StagePlan, device: torch.device, backend: str) -> LoadedStage:
    """Return one stage of a model, in evaluation mode on its device.

    Raises
    ------
    ModelError
        When its weights are missing, damaged or unfit.
    """
    network = build_network(plan.network, backend)
    path = card.weights_path(plan)
    try:
        network.load_state_dict(read_weights(path, plan.sha256))
    except RuntimeError as error:
        cause = f"The weights in {path.name} do not fit the network that the card {card.path.name} describes."
        raise ModelError(cause, "Install the model again, or choose another one with --model.") from error
    return LoadedStage(plan, network.to(device).eval().requires_grad_(requires_grad=False))


def build_network(plan: NetworkPlan, backend: str = "auto") -> LightMUNet:
    """Return the network that a plan describes, with fresh weights."""
    return LightMUNet(**asdict(plan), scan_backend=backend)
