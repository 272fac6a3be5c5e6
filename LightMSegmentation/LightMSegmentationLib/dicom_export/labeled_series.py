"""A CT series and what was found in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.dicom_export.source_series import derived_uid
from LightMSegmentationLib.errors import InternalError

if TYPE_CHECKING:
    from pydicom.uid import UID

    from LightMSegmentationLib.dicom_export.source_series import SourceSeries
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.measurement.findings import Findings


@dataclass(frozen=True)
class LabeledSeries:
    """Labels (uint8; k, j, i; 0, 1 liver, 2 tumor) of a series, their measurements, and the model they come from."""

    source: SourceSeries
    labels: Volume
    findings: Findings
    model: str
    model_version: str

    @classmethod
    def of(cls, source: SourceSeries, result: SegmentationResult) -> LabeledSeries:
        """Return what a segmentation found in the volume of ``source``; a liver must have been found."""
        if result.labels is None or result.findings is None:
            message = "without a liver there is nothing to write"
            raise InternalError(message)
        return cls(source, result.labels, result.findings, result.model, result.model_version)

    def uid(self, purpose: str) -> UID:
        """Return a UID that is the same whenever the same model finds the same in the same series.

        So an archive that is sent a result twice keeps it once.
        """
        return derived_uid(purpose, self.source.uid, self.model, self.model_version, self._digest)

    @cached_property
    def _digest(self) -> str:
        return hashlib.blake2b(np.ascontiguousarray(self.labels.array).data, digest_size=16).hexdigest()
