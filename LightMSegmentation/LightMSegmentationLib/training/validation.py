"""Dice on validation cases, at the archive's spacing, with the sliding window of inference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from LightMSegmentationLib.imaging.grid import Grid, vector, voxel_counts
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.model import LoadedStage
from LightMSegmentationLib.inference.model_card import NetworkPlan, StagePlan
from LightMSegmentationLib.inference.network_input import network_input
from LightMSegmentationLib.inference.sliding_window import predict_logits
from LightMSegmentationLib.training.intensity import WINDOW_HU, decode
from LightMSegmentationLib.training.targets import LIVER_OR_TUMOR, TUMOR, UNKNOWN

if TYPE_CHECKING:
    from torch import nn

    from LightMSegmentationLib.imaging.grid import Vector
    from LightMSegmentationLib.training.archive import PackedCase
    from LightMSegmentationLib.training.config import TrainingConfig

OVERLAP = 0.25
CLASS_COUNT = 3
_ORIGIN = (0.0, 0.0, 0.0)

Scores = dict[str, "float | None"]


def stage_of(network: nn.Module, config: TrainingConfig, spacing_mm: tuple[float, float, float]) -> LoadedStage:
    """Return the network as inference sees it at a spacing; the plan names no weights, they are in the network."""
    size = config.network
    plan = StagePlan(
        network=NetworkPlan(3, len(config.inputs), CLASS_COUNT, size.init_filters, size.blocks_down, size.blocks_up),
        inputs=config.inputs,
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
    labels = case_logits(stage, case, stage.plan.spacing_mm, device).argmax(axis=0)
    known = case.target != UNKNOWN
    has_tumor = not (case.target == LIVER_OR_TUMOR).any() and (case.target == TUMOR).any()
    return {
        "liver": dice((labels > 0) & known, (case.target > 0) & known),
        "tumor": dice(labels == TUMOR, case.target == TUMOR) if has_tumor else None,
        "predicted_tumor_percent": 100.0 * float((labels == TUMOR).sum()) / max(1, int((labels > 0).sum())),
    }


def _volume(case: PackedCase, spacing_mm: Vector) -> Volume:
    """Return a packed case as a volume in HU whose origin is the body's center."""
    i, j, k = case.center
    origin = vector(-at * step for at, step in zip((i, j, k), spacing_mm, strict=True))
    size = voxel_counts(reversed(case.image.shape))
    return Volume(decode(case.image), Grid(size, spacing_mm, origin))


def case_logits(stage: LoadedStage, case: PackedCase, spacing_mm: Vector, device: torch.device) -> np.ndarray:
    """Return a stage's logits (classes, k, j, i) of a packed case, whose voxels are ``spacing_mm`` (x, y, z)."""
    image = network_input(_volume(case, spacing_mm), stage.plan, _ORIGIN)
    return predict_logits(stage, image, device, lambda _done, _total: None).numpy()


def dice(prediction: np.ndarray, truth: np.ndarray) -> float:
    """Return the Dice coefficient of two masks; 1 when both are empty."""
    total = int(prediction.sum()) + int(truth.sum())
    return 2.0 * int((prediction & truth).sum()) / total if total else 1.0
