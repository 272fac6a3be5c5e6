"""Models that were not made by this product: they bring their own way from voxels to labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.imaging.check import check_ct, liver_doubts
from LightMSegmentationLib.imaging.hounsfield import as_int16
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.class_roles import liver_roles
from LightMSegmentationLib.inference.result import SegmentationResult
from LightMSegmentationLib.inference.stopwatch import Stopwatch
from LightMSegmentationLib.measurement.lesions import measure
from LightMSegmentationLib.progress import Monitor, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from LightMSegmentationLib.inference.model import LoadedModel
    from LightMSegmentationLib.measurement.findings import Findings


class LabelPredictor(Protocol):
    """A loaded model with all that belongs to it."""

    @property
    def class_values(self) -> dict[str, int]:
        """The values of its label maps by the classes' names."""

    def labels_of(self, volume: Volume, report: Callable[[int, int], None]) -> np.ndarray:
        """Return uint8 labels (k, j, i) on the grid of a CT volume in HU; ``report(done, total)`` may raise to stop."""


def segment_with(predictor: LabelPredictor, volume: Volume, model: LoadedModel, monitor: Monitor) -> SegmentationResult:
    """Segment a CT volume as the model's makers would, without a stage of ours in between.

    A model of liver and liver tumor has its classes brought to our values and is measured; of any other the label map
    is returned as it is, without findings, with a note that names its classes.

    Raises
    ------
    UnusableInputError
        When the volume can't be a CT in HU.
    CancelledError
        When the monitor asks to stop.
    """
    watch = Stopwatch(monitor)
    with watch.stage(Stage.CHECK):
        readable = as_int16(volume)
        notes = (*readable.notes, *check_ct(readable.volume))
    with watch.stage(Stage.DELINEATE) as report:
        labels = predictor.labels_of(readable.volume, report)
    with watch.stage(Stage.MEASURE):
        found, findings, reasons, more = _judged(predictor, labels, volume)
    return SegmentationResult(
        labels=found,
        findings=findings,
        no_liver_reasons=reasons,
        notes=(*notes, *more),
        device=str(model.device),
        backend=model.backend,
        model=model.card.name,
        model_version=model.card.version,
        timings=dict(watch.seconds),
        weights_sha256=model.weights_sha256,
    )


def require_liver(model: LoadedModel) -> None:
    """Make sure that a model tells liver and tumors, where nothing else can be shown.

    Raises
    ------
    ModelError
        When it tells other things.
    """
    if model.foreign is not None and liver_roles(model.foreign.class_values) is None:
        cause = f"The model '{model.card.name}' tells other things than liver and tumors."
        raise ModelError(cause, "Choose another model; its label maps are written by lightm segment -o labels.nii.gz.")


def _judged(
    predictor: LabelPredictor, labels: np.ndarray, volume: Volume
) -> tuple[Volume | None, Findings | None, tuple[str, ...], tuple[str, ...]]:
    """Return label map, findings, reasons for no liver, and notes."""
    roles = liver_roles(predictor.class_values)
    if roles is None:
        return Volume(labels, volume.grid), None, (), (_legend(predictor.class_values),)
    ours = Volume(roles.as_ours(labels), volume.grid)
    if not ours.array.any():
        return None, None, ("The network found no liver.", *liver_doubts(volume)), ()
    return ours, measure(ours), (), ()


def _legend(values: dict[str, int]) -> str:
    named = ", ".join(f"{value} {name}" for name, value in sorted(values.items(), key=lambda item: item[1]) if value)
    return f"The labels of this model are: {named}."
