"""What is measured on a segmentation."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

LOW_CONFIDENCE = 0.5
"""A lesion of less confidence is more likely wrong than right and is marked wherever lesions are listed."""


@dataclass(frozen=True)
class Lesion:
    """One tumor: 1 is the largest by volume; the center of mass is in RAS mm, without any parent transform.

    `measurement.diameter` holds the definition of the diameter. ``confidence`` is the network's probability (0 to 1)
    that there is a tumor, see `inference.confidence`; None where nobody knows, as in labels drawn by hand.
    """

    number: int
    volume_ml: float
    largest_axial_diameter_mm: float
    center_ras: tuple[float, float, float]
    confidence: float | None = None

    @property
    def low_confidence(self) -> bool:
        """Whether the lesion has to be marked as doubtful."""
        return self.confidence is not None and self.confidence < LOW_CONFIDENCE


@dataclass(frozen=True)
class Findings:
    """Volumes and lesions; the liver's volume includes its tumors, the burden is tumor volume over liver volume."""

    liver_volume_ml: float
    tumor_volume_ml: float
    tumor_burden_percent: float
    lesions: tuple[Lesion, ...]

    def as_plain(self) -> dict[str, Any]:
        """Return the findings as plain types for a report, each lesion with the mark ``low_confidence``."""
        lesions = [{**asdict(lesion), "low_confidence": lesion.low_confidence} for lesion in self.lesions]
        return {**asdict(self), "lesions": lesions}
