"""What a batch is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.case_writer import SEG_NRRD
from LightMSegmentationLib.batch.series_filter import SeriesFilter

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.batch.case import Case
    from LightMSegmentationLib.inference.settings import SegmentationSettings


@dataclass(frozen=True)
class BatchOrder:
    """What to segment, where to put it and how.

    ``model_hash`` identifies the model's content. ``suffix`` is the form of the segmentations. Another device or scan
    backend makes nothing due again, since they compute the same. With ``anonymous_names`` the files in the output
    folder are called after the case's number; with ``keep_identifiers`` the page about the batch names cases and days.
    """

    source: Path
    target: Path
    settings: SegmentationSettings
    model_hash: str
    suffix: str = SEG_NRRD
    series_filter: SeriesFilter = field(default_factory=SeriesFilter)
    anonymous_names: bool = False
    keep_identifiers: bool = False

    @property
    def settings_key(self) -> str:
        """The settings that a result depends on."""
        numbered = ";numbered" if self.anonymous_names else ""
        return f"mode={self.settings.mode.value};suffix={self.suffix}{numbered}"

    def stem(self, case: Case, number: int) -> str:
        """Return what the names of a case's files begin with, below the output folder."""
        return f"case-{number:04d}" if self.anonymous_names else case.name
