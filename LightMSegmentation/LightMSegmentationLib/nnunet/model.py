"""A model of nnU-Net's, loaded: from a CT to labels as nnU-Net's predictor makes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from LightMSegmentationLib.errors import ModelError, UnusableInputError
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from LightMSegmentationLib.network.weights import read_weights
from LightMSegmentationLib.nnunet.export import labels_of
from LightMSegmentationLib.nnunet.prediction import predict
from LightMSegmentationLib.nnunet.preprocessing import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np

    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.nnunet.plan import NnUNetPlan


@dataclass(frozen=True)
class NnUNetModel:
    """The networks of all folds on their device; without ``mirror_axes`` images are predicted only as they are."""

    plan: NnUNetPlan
    networks: tuple[LightMUNet, ...]
    mirror_axes: tuple[int, ...]

    @property
    def class_values(self) -> dict[str, int]:
        """The values of label maps by the classes' names."""
        return self.plan.labels

    def labels_of(self, volume: Volume, report: Callable[[int, int], None]) -> np.ndarray:
        """Return uint8 labels (k, j, i) on the grid of a volume.

        Raises
        ------
        UnusableInputError
            When the model wants several images of the patient at once.
        """
        return self.labels_of_channels(volume.array[None], volume.grid.spacing[::-1], report)

    def labels_of_channels(
        self, channels: np.ndarray, spacing_kji: Sequence[float], report: Callable[[int, int], None]
    ) -> np.ndarray:
        """Return uint8 labels (k, j, i) of channels (c, k, j, i) with a spacing in mm."""
        if len(channels) != len(self.plan.normalization):
            wanted, given = len(self.plan.normalization), len(channels)
            cause = f"The model wants {wanted} channel{'s' if wanted > 1 else ''}, the image has {given}."
            raise UnusableInputError(cause, "Choose another model with --model.")
        prepared = prepare(channels, spacing_kji, self.plan)
        image, classes = torch.from_numpy(prepared.data), len(self.plan.labels)
        logits = predict(self.networks, image, self.plan.patch, self.mirror_axes, classes, report)
        return labels_of(logits.numpy(), prepared, self.plan)


def load_nnunet(
    plan: NnUNetPlan, folder: Path, device: torch.device, backend: str, *, mirrored: bool = True
) -> NnUNetModel:
    """Load the weights of every fold, which lie in ``folder``, after checking their hashes.

    Raises
    ------
    ModelError
        When a file is missing, damaged, exchanged, or does not fit the plan's network.
    """
    networks = tuple(_load_fold(plan, folder / fold.weights, fold.sha256, device, backend) for fold in plan.folds)
    return NnUNetModel(plan, networks, plan.mirror_axes if mirrored else ())


def _load_fold(plan: NnUNetPlan, path: Path, sha256: str, device: torch.device, backend: str) -> LightMUNet:
    try:
        network = LightMUNet(**plan.network, scan_backend=backend)
        network.load_state_dict(read_weights(path, sha256))
    except (RuntimeError, TypeError, ValueError) as error:
        cause = f"The weights in {path.name} do not fit the network that its card describes."
        raise ModelError(cause, "Add the model again.") from error
    if any(extent % network.size_multiple for extent in plan.patch):
        cause = f"The model's patch of {plan.patch} voxels can't be halved as often as its network does."
        raise ModelError(cause, "Train with a patch whose sizes are multiples of 8.")
    return network.to(device).eval().requires_grad_(requires_grad=False)
