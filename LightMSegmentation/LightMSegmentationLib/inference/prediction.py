"""From a canonical volume to logits on the grid of the last stage, and to labels on the volume's grid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.body import body_center, body_mask, index_of
from LightMSegmentationLib.imaging.box import Box, crop, crop_grid
from LightMSegmentationLib.imaging.grid import vector
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.confidence import without_doubtful_lesions
from LightMSegmentationLib.inference.consensus import mean_logits
from LightMSegmentationLib.inference.export import labels_on_grid
from LightMSegmentationLib.inference.network_input import network_input, resampled_for
from LightMSegmentationLib.inference.postprocess import clean_labels
from LightMSegmentationLib.inference.sliding_window import predict_logits
from LightMSegmentationLib.progress import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from LightMSegmentationLib.imaging.grid import Grid, Vector
    from LightMSegmentationLib.inference.confidence import LesionConfidence
    from LightMSegmentationLib.inference.model import LoadedModel, LoadedStage
    from LightMSegmentationLib.inference.stopwatch import Stopwatch

SMALLEST_LIVER_ML = 50.0


@dataclass(frozen=True)
class Prediction:
    """What the networks say about a scan.

    ``logits`` (float32, classes, k, j, i) lie on ``grid``, that of the last stage, whose axes are the canonical
    ones. ``midline`` is the i index of the body's middle on the scan's canonical grid.
    """

    logits: np.ndarray
    grid: Grid
    midline: float


def predict(canonical: Volume, model: LoadedModel, watch: Stopwatch) -> Prediction | None:
    """Find the liver on a canonical volume in HU and delineate it if the model has a fine stage; None without a liver.

    The mean of the logits counts, over the stages and, where the model has several zooms, over these.

    Raises
    ------
    CancelledError
        When the stopwatch's monitor asks to stop.
    """
    stages = model.stages
    with watch.stage(Stage.LOCATE) as report:
        logits, grid, center = _locate(canonical, stages["coarse"], model, report)
        liver = _coarse_liver(logits, grid, center)
    if liver is None:
        return None
    if "fine" in stages:
        with watch.stage(Stage.DELINEATE) as report:
            around = liver.grown(stages["fine"].plan.margin_mm, grid).onto(grid, canonical.grid)
            fine, *zoomed = _delineate(crop(canonical, around), center, model, report)
        logits, grid = mean_logits(fine, [(logits, grid), *zoomed])
    return Prediction(logits, grid, index_of(center, canonical.grid)[0])


@dataclass(frozen=True)
class Drawn:
    """Cleaned labels (uint8) on the canonical grid, and how many lesions were too doubtful to be drawn."""

    labels: Volume
    dropped: int


def drawn(prediction: Prediction, canonical: Grid, confidence: LesionConfidence | None = None) -> Drawn | None:
    """Return the labels of a prediction, or None when less than ``SMALLEST_LIVER_ML`` is left.

    Lesions below the threshold of ``confidence`` become liver; without it every lesion stays.
    """
    grid = prediction.grid
    whole = Box((0, 0, 0), grid.shape).onto(grid, canonical)
    inside = crop_grid(canonical, whole)

    def cleaned(labels: np.ndarray) -> np.ndarray:
        return clean_labels(labels, inside.spacing[::-1], _resolved_mm3(grid), prediction.midline - whole.start[2])

    part = cleaned(labels_on_grid(prediction.logits, grid, inside))
    dropped = 0 if confidence is None else without_doubtful_lesions(Volume(part, inside), confidence)
    if dropped:
        part = cleaned(part)  # a lesion outside the liver, now no tumor any more, has no place in it
    if np.count_nonzero(part) * canonical.voxel_volume_ml < SMALLEST_LIVER_ML:
        return None
    labels = np.zeros(canonical.shape, dtype=np.uint8)
    labels[whole.slices] = part
    return Drawn(Volume(labels, canonical), dropped)


def _locate(
    canonical: Volume, stage: LoadedStage, model: LoadedModel, report: Callable[[int, int], None]
) -> tuple[np.ndarray, Grid, Vector]:
    """Return logits around the body, their grid, and the body's center (LPS, mm)."""
    resampled = resampled_for(canonical, stage.plan)
    body = body_mask(resampled.array)
    center = body_center(body, resampled.grid)
    box = Box.of_mask(body)
    inside = resampled if box is None else crop(resampled, box)
    return _predicted(inside, center, stage, model, report), inside.grid, center


def _delineate(
    volume: Volume, center: Vector, model: LoadedModel, report: Callable[[int, int], None]
) -> list[tuple[np.ndarray, Grid]]:
    """Return logits and grid of the fine stage at each of the model's zooms, its own spacing first."""
    stage, count = model.stages["fine"], len(model.zooms)

    def look(number: int, zoom: float) -> tuple[np.ndarray, Grid]:
        plan = replace(stage.plan, spacing_mm=vector(zoom * step for step in stage.plan.spacing_mm))
        resampled = resampled_for(volume, plan)

        def report_all(done: int, total: int) -> None:
            report(number * total + done, count * total)

        return _predicted(resampled, center, stage, model, report_all), resampled.grid

    return [look(number, zoom) for number, zoom in enumerate(model.zooms)]


def _predicted(
    resampled: Volume, center: Vector, stage: LoadedStage, model: LoadedModel, report: Callable[[int, int], None]
) -> np.ndarray:
    return predict_logits(stage, network_input(resampled, stage.plan, center), model.device, report).numpy()


def _coarse_liver(logits: np.ndarray, grid: Grid, center: Vector) -> Box | None:
    """Return the box of the liver on the coarse grid, or None when it is smaller than ``SMALLEST_LIVER_ML``."""
    labels = clean_labels(
        logits.argmax(axis=0).astype(np.uint8), grid.spacing[::-1], _resolved_mm3(grid), index_of(center, grid)[0]
    )
    organ = labels > 0
    if np.count_nonzero(organ) * grid.voxel_volume_ml < SMALLEST_LIVER_ML:
        return None
    return Box.of_mask(organ)


def _resolved_mm3(grid: Grid) -> float:
    """Return the volume of 2x2x2 voxels of the network's grid: what is smaller is noise to it."""
    return 8.0 * 1000.0 * grid.voxel_volume_ml
