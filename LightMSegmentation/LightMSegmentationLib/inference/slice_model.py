"""A loaded network for images, which goes through a CT slice by slice or looks at a photograph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from LightMSegmentationLib.errors import ModelError, UnusableInputError
from LightMSegmentationLib.imaging.canonical import from_canonical, to_canonical
from LightMSegmentationLib.inference.slice_input import photo_input, slice_input
from LightMSegmentationLib.network.architecture import VM_UNET
from LightMSegmentationLib.network.lightm_unet import LightMUNet
from LightMSegmentationLib.network.vm_unet import VMUNet
from LightMSegmentationLib.network.weights import read_weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.inference.slice_plan import SlicePlan

SLICES_AT_ONCE = 8


@dataclass(frozen=True)
class SliceModel:
    """A network in evaluation mode on its device, and the plan of its input."""

    plan: SlicePlan
    network: torch.nn.Module

    @property
    def class_values(self) -> dict[str, int]:
        """The values of label maps by the classes' names."""
        return self.plan.labels

    def labels_of(self, volume: Volume, report: Callable[[int, int], None]) -> np.ndarray:
        """Return uint8 labels (k, j, i) on the grid of a CT volume, seen as radiologists see its axial slices.

        Raises
        ------
        UnusableInputError
            When the model is one for photographs.
        """
        if self.plan.source != "ct":
            cause = "The model was made for photographs, not for CT."
            raise UnusableInputError(cause, "Choose another model with --model.")
        canonical = to_canonical(volume)
        labels = np.empty(canonical.array.shape, dtype=np.uint8)
        report(0, len(labels))
        for start in range(0, len(labels), SLICES_AT_ONCE):
            stop = min(start + SLICES_AT_ONCE, len(labels))
            batch = torch.from_numpy(np.stack([slice_input(canonical.array, k, self.plan) for k in range(start, stop)]))
            labels[start:stop] = self._labels(batch, canonical.array.shape[1:])
            report(stop, len(labels))
        return from_canonical(labels, volume.grid)

    def labels_of_photo(self, pixels: np.ndarray) -> np.ndarray:
        """Return uint8 labels (rows, columns) of a photograph (rows, columns, 3), uint8.

        Raises
        ------
        UnusableInputError
            When the model is one for CT.
        """
        if self.plan.source != "photo":
            cause = "The model was made for CT, not for photographs."
            raise UnusableInputError(cause, "Choose another model with --model.")
        batch = torch.from_numpy(photo_input(pixels, self.plan))[None]
        return self._labels(batch, pixels.shape[:2])[0]

    @torch.inference_mode()
    def _labels(self, batch: torch.Tensor, shape: tuple[int, ...]) -> np.ndarray:
        """Return labels (batch, *shape); logits, not labels, are brought to that size, so that outlines stay smooth."""
        device = next(self.network.parameters()).device
        logits = self.network(batch.to(device)).float()
        logits = functional.interpolate(logits, size=tuple(shape), mode="bilinear", align_corners=False)
        if logits.shape[1] == 1:
            return (logits[:, 0] > 0).to(torch.uint8).cpu().numpy()
        return logits.argmax(dim=1).to(torch.uint8).cpu().numpy()


def load_slice_model(plan: SlicePlan, folder: Path, device: torch.device, backend: str) -> SliceModel:
    """Load the weights, which lie in ``folder``, after checking their hash.

    Raises
    ------
    ModelError
        When the file is missing, damaged, exchanged, or does not fit the plan's network.
    """
    kind = VMUNet if plan.architecture == VM_UNET else LightMUNet
    try:
        network = kind(**plan.network, scan_backend=backend)
        network.load_state_dict(read_weights(folder / plan.weights, plan.sha256))
    except (RuntimeError, TypeError, ValueError) as error:
        cause = f"The weights in {plan.weights} do not fit the network that their card describes."
        raise ModelError(cause, "Add the model again.") from error
    if any(extent % network.size_multiple for extent in plan.size):
        cause = f"The card of {plan.weights} wants images of {plan.size} pixels, which its network can't take."
        raise ModelError(cause, f"Choose multiples of {network.size_multiple}.")
    return SliceModel(plan, network.to(device).eval().requires_grad_(requires_grad=False))
