"""The one call that segments a volume: for the click, the batch, the command line and the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.canonical import from_canonical, to_canonical
from LightMSegmentationLib.imaging.check import check_ct, liver_doubts
from LightMSegmentationLib.imaging.hounsfield import as_int16
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.confidence import LesionConfidence, tumor_probability
from LightMSegmentationLib.inference.foreign_model import ForeignModel, segment_with
from LightMSegmentationLib.inference.prediction import SMALLEST_LIVER_ML, Drawn, drawn, predict
from LightMSegmentationLib.inference.result import SegmentationResult
from LightMSegmentationLib.inference.stopwatch import Stopwatch
from LightMSegmentationLib.measurement.lesions import measure
from LightMSegmentationLib.progress import Monitor, Stage
from LightMSegmentationLib.segment_role import LIVER_ROLE, TUMOR_ROLE

if TYPE_CHECKING:
    from LightMSegmentationLib.inference.any_model import AnyModel
    from LightMSegmentationLib.inference.model import LoadedModel
    from LightMSegmentationLib.measurement.findings import Findings


def segment_volume(volume: Volume, model: AnyModel, monitor: Monitor) -> SegmentationResult:
    """Segment liver and liver tumors, or what else the model tells, on a CT volume in HU.

    The volume is brought into canonical axes, resampled, tiled and predicted by the coarse stage; if a fine stage is
    loaded, it delineates what the coarse one found. Logits are resampled back to the native grid, where the labels
    are cleaned, lesions below the model's threshold of confidence dropped, and the others measured. A model that others
    made goes its makers' way instead.

    Raises
    ------
    UnusableInputError
        When the volume can't be a CT in HU or can't show a liver.
    CancelledError
        When the monitor asks to stop.
    """
    if isinstance(model, ForeignModel):
        return segment_with(model, volume, monitor)
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
        segmented = self._segment(canonical)
        if segmented is None:
            return self._finish(None, None, self._no_liver_reasons(), notes)
        result, confidence = segmented
        with self._watch.stage(Stage.MEASURE):
            native = Volume(from_canonical(result.labels.array, self._native.grid), self._native.grid)
            findings = measure(native, confidence)
        return self._finish(native, findings, (), (*notes, *_dropped_note(result.dropped)))

    def _segment(self, canonical: Volume) -> tuple[Drawn, LesionConfidence] | None:
        """Return what is drawn on the canonical grid and the judge of its lesions, or None without a liver."""
        prediction = predict(canonical, self._model, self._watch)
        if prediction is None:
            return None
        with self._watch.stage(Stage.EXPORT):
            calibration = self._model.last_stage.plan.calibration
            probability = tumor_probability(prediction.logits, prediction.grid, calibration)
            confidence = LesionConfidence(probability, calibration)
            result = drawn(prediction, canonical.grid, confidence)
            return None if result is None else (result, confidence)

    def _no_liver_reasons(self) -> tuple[str, ...]:
        found = f"The network found no liver-like region of at least {SMALLEST_LIVER_ML:.0f} mL."
        return (found, *liver_doubts(self._native))

    def _finish(
        self, labels: Volume | None, findings: Findings | None, reasons: tuple[str, ...], notes: tuple[str, ...]
    ) -> SegmentationResult:
        card = self._model.card
        return SegmentationResult(
            labels, findings, reasons, notes, str(self._model.device), self._model.backend, card.name, card.version,
            dict(self._watch.seconds), self._model.weights_sha256, volumes_ml=_volumes(findings),
        )  # fmt: skip


def _volumes(findings: Findings | None) -> dict[str, float]:
    """Return what was measured by the segments' identifiers."""
    if findings is None:
        return {}
    return {LIVER_ROLE.segment_id: findings.liver_volume_ml, TUMOR_ROLE.segment_id: findings.tumor_volume_ml}


def _dropped_note(count: int) -> tuple[str, ...]:
    """Say that places which the network took for tumors do not count: a reader may want to look for them."""
    if count == 0:
        return ()
    places = "1 place that looked" if count == 1 else f"{count} places that looked"
    return (f"{places} like tumor to the network, but too doubtful to count, became liver.",)
