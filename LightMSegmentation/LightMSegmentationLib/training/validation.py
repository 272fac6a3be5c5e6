"""Dice on validation cases, at the archive's spacing, with the sliding window of inference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from LightMSegmentationLib.inference.model import LoadedStage
from LightMSegmentationLib.inference.model_card import NetworkPlan, StagePlan
from LightMSegmentationLib.inference.sliding_window import predict_logits
from LightMSegmentationLib.training.intensity import WINDOW_HU, decode, normalize
from LightMSegmentationLib.training.targets import LIVER_OR_TUMOR, TUMOR, UNKNOWN

if TYPE_CHECKING:
    from torch import nn

    from LightMSegmentationLib.training.archive import PackedCase
    from LightMSegmentationLib.training.config import TrainingConfig

OVERLAP = 0.25
CLASS_COUNT = 3

Scores = dict[str, "float | None"]


def stage_of(network: nn.Module, config: TrainingConfig, spacing_mm: tuple[float, float, float]) -> LoadedStage:
    """Return the network as inference sees it at a spacing; the plan names no weights, they are in the network."""
    size = config.network
    plan = StagePlan(
        network=NetworkPlan(3, 1, CLASS_COUNT, size.init_filters, size.blocks_down, size.blocks_up),
        spacing_mm=spacing_mm,
        window_hu=WINDOW_HU,
        patch=config.patch,
        overlap=OVERLAP,
        weights="",
        sha256="",
    )
    return LoadedStage(plan, network)


def case_scores(stage: LoadedStage, case: PackedCase, device: torch.device) -> Scores:
    """Return Dice of organ and tumor (None where tumors are unlabeled or absent) and the tumor's part in percent."""
    image = torch.from_numpy(normalize(decode(case.image)))
    labels = predict_logits(stage, image, device, lambda _done, _total: None).argmax(dim=0).numpy()
    known = case.target != UNKNOWN
    has_tumor = not (case.target == LIVER_OR_TUMOR).any() and (case.target == TUMOR).any()
    return {
        "liver": dice((labels > 0) & known, (case.target > 0) & known),
        "tumor": dice(labels == TUMOR, case.target == TUMOR) if has_tumor else None,
        "predicted_tumor_percent": 100.0 * float((labels == TUMOR).sum()) / max(1, int((labels > 0).sum())),
    }


def dice(prediction: np.ndarray, truth: np.ndarray) -> float:
    """Return the Dice coefficient of two masks; 1 when both are empty."""
    total = int(prediction.sum()) + int(truth.sum())
    return 2.0 * int((prediction & truth).sum()) / total if total else 1.0
