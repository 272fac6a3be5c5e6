"""What made the segments of a file or scene, kept in their tags."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from LightMSegmentationLib.inference.result import SegmentationResult


@dataclass(frozen=True)
class Provenance:
    """What made the segments: model, its version, and the day as ISO 8601; empty where unknown."""

    model: str = ""
    version: str = ""
    date: str = ""

    @classmethod
    def of(cls, result: SegmentationResult) -> Provenance:
        """Return the provenance of a result that is written today."""
        return cls(result.model, result.model_version, date.today().isoformat())

    def tags(self) -> dict[str, str]:
        """Return the tags of a segment for what is known."""
        known = {"Model": self.model, "ModelVersion": self.version, "Date": self.date}
        return {f"LightMUNet.{name}": value for name, value in known.items() if value}
