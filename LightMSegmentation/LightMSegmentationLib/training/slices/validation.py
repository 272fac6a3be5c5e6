"""Dice on the validation pictures at the network's size, over the pixels of all pictures together as the papers do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from LightMSegmentationLib.measurement.pixel_agreement import compare_masks, total_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from LightMSegmentationLib.measurement.pixel_agreement import PixelAgreement
    from LightMSegmentationLib.training.slices.pack import PicturePack

PICTURES_AT_ONCE = 8


@torch.inference_mode()
def class_agreements(
    network: nn.Module, pack: PicturePack, rows: np.ndarray, classes: Sequence[str]
) -> dict[str, PixelAgreement]:
    """Return the agreement of every class but the background; ``classes`` are named in the order of their values."""
    device = next(network.parameters()).device
    network.eval()
    found: dict[str, list[PixelAgreement]] = {name: [] for name in classes[1:]}
    for start in range(0, len(rows), PICTURES_AT_ONCE):
        chosen = rows[start : start + PICTURES_AT_ONCE]
        images = torch.from_numpy(pack.images[chosen].astype(np.float32)).to(device)
        predicted = _classes_of(network(images).float()).cpu().numpy()
        for value, name in enumerate(classes[1:], start=1):
            found[name].append(compare_masks(predicted == value, pack.labels[chosen] == value))
    return {name: total_of(agreements) for name, agreements in found.items()}


def mean_dsc(agreements: dict[str, PixelAgreement]) -> float:
    """Return the mean Dice of all classes."""
    return float(np.mean([agreement.dsc for agreement in agreements.values()]))


def _classes_of(logits: torch.Tensor) -> torch.Tensor:
    return (logits[:, 0] > 0).to(torch.uint8) if logits.shape[1] == 1 else logits.argmax(dim=1).to(torch.uint8)
