"""A CT series and what was found in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.dicom_export.source_series import derived_uid
from LightMSegmentationLib.errors import InternalError
from LightMSegmentationLib.inference.result import of_liver
from LightMSegmentationLib.measurement.volumes import segment_volumes
from LightMSegmentationLib.segment_role import LIVER_AND_TUMOR

if TYPE_CHECKING:
    from pydicom.uid import UID

    from LightMSegmentationLib.dicom_export.source_series import SourceSeries
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.measurement.findings import Findings
    from LightMSegmentationLib.segment_role import LabeledSegment


@dataclass(frozen=True)
class LabeledSeries:
    """Labels (uint8; k, j, i) of a series, their measurements, and the model they come from.

    ``segments`` says what the labels are, by default 1 liver and 2 tumor. ``findings`` are None where the model tells
    no liver tumors.
    """

    source: SourceSeries
    labels: Volume
    findings: Findings | None
    model: str
    model_version: str
    segments: tuple[LabeledSegment, ...] = LIVER_AND_TUMOR

    @classmethod
    def of(cls, source: SourceSeries, result: SegmentationResult) -> LabeledSeries:
        """Return what a segmentation found in the volume of ``source``; something must have been found."""
        if result.labels is None:
            message = "without a segment there is nothing to write"
            raise InternalError(message)
        return cls(source, result.labels, result.findings, result.model, result.model_version, result.segments)

    @property
    def is_of_liver(self) -> bool:
        """Whether the segments are those of the liver and nothing else."""
        return of_liver(self.segments)

    @cached_property
    def volumes_ml(self) -> dict[str, float]:
        """The volumes of the segments by their identifiers."""
        return segment_volumes(self.labels, self.segments)

    def uid(self, purpose: str) -> UID:
        """Return a UID that is the same whenever the same model finds the same in the same series.

        So an archive that is sent a result twice keeps it once.
        """
        return derived_uid(purpose, self.source.uid, self.model, self.model_version, self._digest)

    @cached_property
    def _digest(self) -> str:
        return hashlib.blake2b(np.ascontiguousarray(self.labels.array).data, digest_size=16).hexdigest()
