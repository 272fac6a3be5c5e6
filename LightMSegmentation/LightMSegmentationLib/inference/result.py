"""What a segmentation yields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.measurement.findings import Findings

BACKGROUND, LIVER, TUMOR = 0, 1, 2
"""The values of label maps. The organ is the union of LIVER and TUMOR."""


@dataclass(frozen=True)
class SegmentationResult:
    """Label map and findings, or the reasons why no liver was found; and what really ran.

    ``labels`` (uint8) lies on the grid of the input; it is None exactly when ``no_liver_reasons`` is not empty. So is
    ``findings``, and where a foreign model tells other things than liver and tumors. ``timings`` are seconds by stage.
    ``weights_sha256`` identifies the weights that ran, by stage or, of a foreign model, by file.
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
