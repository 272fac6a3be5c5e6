"""The one call that segments a volume: for the click, the batch, the command line and the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from LightMSegmentationLib.imaging.box import Box, crop, crop_grid
from LightMSegmentationLib.imaging.canonical import from_canonical, to_canonical
from LightMSegmentationLib.imaging.check import check_ct, liver_doubts
from LightMSegmentationLib.imaging.hounsfield import as_int16
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.export import labels_on_grid
from LightMSegmentationLib.inference.network_input import network_input, resampled_for
from LightMSegmentationLib.inference.postprocess import clean_labels
from LightMSegmentationLib.inference.result import SegmentationResult
from LightMSegmentationLib.inference.sliding_window import predict_logits
from LightMSegmentationLib.inference.stopwatch import Stopwatch
from LightMSegmentationLib.measurement.lesions import measure
from LightMSegmentationLib.progress import Monitor, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.inference.model import LoadedModel, LoadedStage
    from LightMSegmentationLib.measurement.findings import Findings

TISSUE_HU = -200
LIVER_MARGIN_MM = 20.0
"""Around the coarsely found liver: what the coarse stage misses at the border is still seen by the fine one, which was
trained on livers with this margin."""
SMALLEST_LIVER_ML = 50.0


def segment_volume(volume: Volume, model: LoadedModel, monitor: Monitor) -> SegmentationResult:
    """Segment liver and liver tumors on a CT volume in HU.

    The volume is brought into canonical axes, resampled, tiled and predicted by the coarse stage; if a fine stage is
    loaded, it delineates what the coarse one found. Logits are resampled back to the native grid, where the labels
    are cleaned and measured.

    Raises
    ------
    UnusableInputError
        When the volume can't be a CT in HU or can't show a liver.
    CancelledError
        When the monitor asks to stop.
    """
    return _Run(volume, model, monitor).result()


class _Run:
    """One segmentation, stage by stage."""

    def __init__(self, volume: Volume, model: LoadedModel, monitor: Monitor) -> None:
        self._native = volume
        self._model = model
        self._watch = Stopwatch(monitor)

    def result(self) -> SegmentationResult:
        with self._watch.stage(Stage.CHECK):
            readable = as_int16(self._native)
            notes = (*readable.notes, *check_ct(readable.volume))
            canonical = to_canonical(readable.volume)
        labels = self._segment(canonical)
        if labels is None:
            return self._finish(None, None, self._no_liver_reasons(), notes)
        with self._watch.stage(Stage.MEASURE):
            native = Volume(from_canonical(labels, self._native.grid), self._native.grid)
            findings = measure(native)
        return self._finish(native, findings, (), notes)

    def _segment(self, canonical: Volume) -> np.ndarray | None:
        """Return cleaned labels on the canonical grid, or None when there is no liver."""
        stages = self._model.stages
        with self._watch.stage(Stage.LOCATE) as report:
            logits, grid = self._locate(canonical, stages["coarse"], report)
            liver = _coarse_liver(logits, grid)
            midline = _middle_of(grid, canonical.grid)
        if liver is None:
            return None
        if "fine" in stages:
            with self._watch.stage(Stage.DELINEATE) as report:
                around = liver.grown(LIVER_MARGIN_MM, grid).onto(grid, canonical.grid)
                logits, grid = self._predict(crop(canonical, around), stages["fine"], report)
        with self._watch.stage(Stage.EXPORT):
            return _exported(logits, grid, canonical.grid, midline)

    def _locate(
        self, canonical: Volume, stage: LoadedStage, report: Callable[[int, int], None]
    ) -> tuple[np.ndarray, Grid]:
        resampled = resampled_for(canonical, stage.plan)
        body = Box.of_mask(_body(resampled.array))
        inside = resampled if body is None else crop(resampled, body)
        logits = predict_logits(stage, network_input(inside, stage.plan), self._model.device, report)
        return logits.numpy(), inside.grid

    def _predict(
        self, volume: Volume, stage: LoadedStage, report: Callable[[int, int], None]
    ) -> tuple[np.ndarray, Grid]:
        resampled = resampled_for(volume, stage.plan)
        logits = predict_logits(stage, network_input(resampled, stage.plan), self._model.device, report)
        return logits.numpy(), resampled.grid

    def _no_liver_reasons(self) -> tuple[str, ...]:
        found = f"The network found no liver-like region of at least {SMALLEST_LIVER_ML:.0f} mL."
        return (found, *liver_doubts(self._native))

    def _finish(
        self, labels: Volume | None, findings: Findings | None, reasons: tuple[str, ...], notes: tuple[str, ...]
    ) -> SegmentationResult:
        card = self._model.card
        return SegmentationResult(
            labels, findings, reasons, notes, str(self._model.device), self._model.backend, card.name, card.version,
            dict(self._watch.seconds),
        )  # fmt: skip


def _body(hu: np.ndarray) -> np.ndarray:
    """Return the largest connected piece of tissue: the patient without table and surrounding air."""
    components, number = ndimage.label(hu > TISSUE_HU)
    if number == 0:
        return components > 0
    sizes = np.bincount(components.ravel())
    sizes[0] = 0
    return components == sizes.argmax()


def _coarse_liver(logits: np.ndarray, grid: Grid) -> Box | None:
    """Return the box of the liver on the coarse grid, or None when it is smaller than ``SMALLEST_LIVER_ML``."""
    labels = clean_labels(
        logits.argmax(axis=0).astype(np.uint8), grid.spacing[::-1], _resolved_mm3(grid), grid.size[0] / 2
    )
    organ = labels > 0
    if np.count_nonzero(organ) * grid.voxel_volume_ml < SMALLEST_LIVER_ML:
        return None
    return Box.of_mask(organ)


def _exported(logits: np.ndarray, grid: Grid, canonical: Grid, midline: float) -> np.ndarray | None:
    """Return cleaned labels on the canonical grid, or None when less than ``SMALLEST_LIVER_ML`` is left."""
    whole = Box((0, 0, 0), grid.shape).onto(grid, canonical)
    inside = crop_grid(canonical, whole)
    cleaned = clean_labels(
        labels_on_grid(logits, grid, inside), inside.spacing[::-1], _resolved_mm3(grid), midline - whole.start[2]
    )
    if np.count_nonzero(cleaned) * canonical.voxel_volume_ml < SMALLEST_LIVER_ML:
        return None
    labels = np.zeros(canonical.shape, dtype=np.uint8)
    labels[whole.slices] = cleaned
    return labels


def _resolved_mm3(grid: Grid) -> float:
    """Return the volume of 2x2x2 voxels of the network's grid: what is smaller is noise to it."""
    return 8.0 * 1000.0 * grid.voxel_volume_ml


def _middle_of(body: Grid, canonical: Grid) -> float:
    """Return the i index on ``canonical`` of the middle of the body's grid."""
    center = body.index_to_lps @ [(body.size[0] - 1) / 2, 0.0, 0.0, 1.0]
    return float((np.linalg.inv(canonical.index_to_lps) @ center)[0])
