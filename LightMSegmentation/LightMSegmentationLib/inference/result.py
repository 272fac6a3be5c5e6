"""What a segmentation yields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from LightMSegmentationLib.segment_role import LIVER_AND_TUMOR, LIVER_ROLE, TUMOR_ROLE, LabeledSegment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.measurement.findings import Findings

BACKGROUND, LIVER, TUMOR = 0, 1, 2
"""The values of label maps of liver and liver tumor. The organ is the union of LIVER and TUMOR."""


@dataclass(frozen=True)
class SegmentationResult:
    """Label map and findings, or the reasons why no liver, or nothing, was found; and what really ran.

    ``labels`` (uint8) lies on the grid of the input; it is None exactly when ``no_liver_reasons`` is not empty. So is
    ``findings``, and where the model does not tell liver tumors from the liver. ``segments`` says what the labels are:
    1 liver and 2 tumor where nothing else is told, the model's own values otherwise. ``volumes_ml`` are the volumes of
    the segments by their identifiers. ``timings`` are seconds by stage. ``weights_sha256`` identifies the weights that
    ran, by stage or, of a foreign model, by file.
    """

    labels: Volume | None
    findings: Findings | None
    no_liver_reasons: tuple[str, ...]
    notes: tuple[str, ...]
    device: str
    backend: str
    model: str
    model_version: str
    timings: dict[str, float]
    weights_sha256: dict[str, str] = field(default_factory=dict)
    segments: tuple[LabeledSegment, ...] = LIVER_AND_TUMOR
    volumes_ml: dict[str, float] = field(default_factory=dict)

    @property
    def is_of_liver(self) -> bool:
        """Whether the liver, with its tumors or without, is all that the model tells."""
        return of_liver(self.segments)


def of_liver(segments: Iterable[LabeledSegment]) -> bool:
    """Tell whether segments are those of the liver and nothing else: a label map of them has LIVER and TUMOR."""
    roles = [segment.role for segment in segments]
    return LIVER_ROLE in roles and all(role in (LIVER_ROLE, TUMOR_ROLE) for role in roles)
