"""Dice on validation cases, at the archive's spacing."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import torch

from LightMSegmentationLib.training.intensity import decode, normalize
from LightMSegmentationLib.training.targets import LIVER_OR_TUMOR, TUMOR, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from LightMSegmentationLib.training.archive import PackedCase

Predict = "Callable[[torch.Tensor], torch.Tensor]"

_OVERLAP = 0.25


def case_scores(predict: Callable[[torch.Tensor], torch.Tensor], case: PackedCase, patch: tuple[int, int, int]) -> dict[str, float | None]:
    """Return Dice of the organ and of tumor (None where tumors are unlabelled or absent) and false tumor volume fractions.

    ``predict`` maps images (1, 1, k, j, i) to logits (1, 3, k, j, i).
    """
    labels = sliding_labels(predict, case.image, patch)
    known = case.target != UNKNOWN
    scores: dict[str, float | None] = {"liver": dice((labels > 0) & known, (case.target > 0) & known), "tumor": None}
    if not (case.target == LIVER_OR_TUMOR).any() and (case.target == TUMOR).any():
        scores["tumor"] = dice(labels == TUMOR, case.target == TUMOR)
    scores["predicted_tumor_percent"] = 100.0 * float((labels == TUMOR).sum()) / max(1, int((labels > 0).sum()))
    return scores


def dice(prediction: np.ndarray, truth: np.ndarray) -> float:
    """Return the Dice coefficient of two masks; 1 when both are empty."""
    total = int(prediction.sum()) + int(truth.sum())
    return 2.0 * int((prediction & truth).sum()) / total if total else 1.0


@torch.no_grad()
def sliding_labels(
    predict: Callable[[torch.Tensor], torch.Tensor], image: np.ndarray, patch: tuple[int, int, int]
) -> np.ndarray:
    """Return labels (uint8) for image codes: overlapping patches, logits merged with Gaussian weights."""
    padding = [(0, max(0, edge - size)) for edge, size in zip(patch, image.shape, strict=True)]
    padded = torch.from_numpy(np.pad(normalize(decode(image)), padding, constant_values=-1.0))
    weight = _gaussian(patch)
    logits = torch.zeros(3, *padded.shape)
    for corner in product(*(_starts(size, edge) for size, edge in zip(padded.shape, patch, strict=True))):
        box = tuple(slice(start, start + edge) for start, edge in zip(corner, patch, strict=True))
        logits[(slice(None), *box)] += predict(padded[box][None, None])[0].float() * weight
    labels = logits.argmax(dim=0).to(torch.uint8).numpy()
    return labels[tuple(slice(size) for size in image.shape)]


def _starts(size: int, edge: int) -> list[int]:
    count = 1 + -(-(size - edge) // int(edge * (1 - _OVERLAP)))
    return np.rint(np.linspace(0, size - edge, count)).astype(int).tolist()


def _gaussian(patch: tuple[int, int, int]) -> torch.Tensor:
    weight = torch.ones(())
    for edge in patch:
        offsets = (torch.arange(edge) - (edge - 1) / 2) / (edge / 4)
        weight = weight[..., None] * torch.exp(-0.5 * offsets**2)
    return weight.clamp(min=1e-3)
