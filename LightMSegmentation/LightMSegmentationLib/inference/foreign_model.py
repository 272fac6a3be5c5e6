"""Models that were not made by this product: they bring their own way from voxels to labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from LightMSegmentationLib.imaging.check import check_ct, liver_doubts
from LightMSegmentationLib.imaging.hounsfield import as_int16
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.class_roles import liver_roles, segments_of
from LightMSegmentationLib.inference.device import choose_device
from LightMSegmentationLib.inference.result import SegmentationResult, of_liver
from LightMSegmentationLib.inference.settings import Mode
from LightMSegmentationLib.inference.slice_model import load_slice_model
from LightMSegmentationLib.inference.stopwatch import Stopwatch
from LightMSegmentationLib.measurement.lesions import measure
from LightMSegmentationLib.measurement.volumes import segment_volumes
from LightMSegmentationLib.network.selective_scan import choose_backend
from LightMSegmentationLib.nnunet.model import load_nnunet
from LightMSegmentationLib.nnunet.plan import NnUNetPlan
from LightMSegmentationLib.progress import Monitor, Stage
from LightMSegmentationLib.segment_role import LIVER_ALONE, LIVER_AND_TUMOR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    import torch

    from LightMSegmentationLib.inference.model_card import ModelCard
    from LightMSegmentationLib.inference.settings import SegmentationSettings
    from LightMSegmentationLib.inference.slice_plan import SlicePlan
    from LightMSegmentationLib.measurement.findings import Findings
    from LightMSegmentationLib.segment_role import LabeledSegment


class LabelPredictor(Protocol):
    """Networks on their device, with all that belongs to them."""

    @property
    def class_values(self) -> dict[str, int]:
        """The values of its label maps by the classes' names."""

    def labels_of(self, volume: Volume, report: Callable[[int, int], None]) -> np.ndarray:
        """Return uint8 labels (k, j, i) on the grid of a CT volume in HU; ``report(done, total)`` may raise to stop."""


@dataclass(frozen=True)
class ForeignModel:
    """A predictor, and the scan backend that its networks really use on their device."""

    card: ModelCard
    predictor: LabelPredictor
    device: torch.device
    backend: str

    @property
    def weights_sha256(self) -> dict[str, str]:
        """The SHA-256 of the weights by file."""
        return self.card.weights_files


@dataclass(frozen=True)
class _Drawn:
    """A label map, what it holds, and what was measured in it."""

    labels: Volume
    segments: tuple[LabeledSegment, ...]
    findings: Findings | None


def load_foreign_model(card: ModelCard, plan: NnUNetPlan | SlicePlan, settings: SegmentationSettings) -> ForeignModel:
    """Load what a card's ``plan`` describes.

    Of a model trained with nnU-Net the fast mode leaves mirrored predictions out, as nnU-Net calls it: test-time
    augmentation.

    Raises
    ------
    ModelError
        When its weights, the device or the backend is missing, damaged or unfit.
    """
    device = choose_device(settings.device)
    backend = choose_backend(settings.backend, device)
    folder = card.path.parent
    if isinstance(plan, NnUNetPlan):
        mirrored = settings.mode is not Mode.FAST
        return ForeignModel(card, load_nnunet(plan, folder, device, backend, mirrored=mirrored), device, backend)
    return ForeignModel(card, load_slice_model(plan, folder, device, backend), device, backend)


def segment_with(model: ForeignModel, volume: Volume, monitor: Monitor) -> SegmentationResult:
    """Segment a CT volume as the model's makers would, without a stage of ours in between.

    Of a model of the liver alone, or with its tumors, the classes are brought to our values; of any other the label map
    is returned as it is. Lesions are measured where liver and liver tumor are told apart.

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
        labels = Volume(model.predictor.labels_of(readable.volume, report), volume.grid)
    with watch.stage(Stage.MEASURE):
        drawn = _drawn(labels, model.predictor.class_values)
        is_empty = not drawn.labels.array.any()
        volumes = {} if is_empty else segment_volumes(drawn.labels, drawn.segments)
        reasons = _reasons(drawn.segments, volume) if is_empty else ()
    return SegmentationResult(
        labels=None if is_empty else drawn.labels,
        findings=None if is_empty else drawn.findings,
        no_liver_reasons=reasons,
        notes=notes,
        device=str(model.device),
        backend=model.backend,
        model=model.card.name,
        model_version=model.card.version,
        timings=dict(watch.seconds),
        weights_sha256=model.weights_sha256,
        segments=drawn.segments,
        volumes_ml=volumes,
    )


def _drawn(labels: Volume, values: Mapping[str, int]) -> _Drawn:
    roles, segments = liver_roles(values), segments_of(values)
    if roles is None:
        return _Drawn(labels, segments, None)
    ours = Volume(roles.as_ours(labels.array), labels.grid)
    findings = measure(ours) if roles.tumor is not None and ours.array.any() else None
    if not of_liver(segments):
        return _Drawn(labels, segments, findings)
    return _Drawn(ours, LIVER_AND_TUMOR if roles.tumor is not None else LIVER_ALONE, findings)


def _reasons(segments: tuple[LabeledSegment, ...], volume: Volume) -> tuple[str, ...]:
    """Return why there is nothing in the label map."""
    if of_liver(segments):
        return ("The network found no liver.", *liver_doubts(volume))
    names = ", ".join(segment.role.name for segment in segments)
    return (f"The network found nothing of what it tells: {names}.",)
