"""Writing what was found in one case: segmentation, lesion table, preview and report."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from LightMSegmentationLib.batch.case_report import report_document, write_report
from LightMSegmentationLib.batch.outcome import CaseOutcome, CaseState
from LightMSegmentationLib.batch.plain_seg_nrrd import write_plain_seg_nrrd
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.imaging.write import LABEL_MAP_SUFFIXES, write_label_map

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.batch.case import Case
    from LightMSegmentationLib.batch.staging import Staging
    from LightMSegmentationLib.imaging.read import ReadVolume
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.inference.settings import SegmentationSettings

SEG_NRRD = ".seg.nrrd"
DICOM_SEG = ".seg.dcm"
SUFFIXES = (SEG_NRRD, *LABEL_MAP_SUFFIXES, DICOM_SEG)


@dataclass(frozen=True)
class CaseWriter:
    """Writes the files of cases into ``staging``; ``suffix`` decides the form of the segmentation."""

    staging: Staging
    suffix: str
    settings: SegmentationSettings

    def __post_init__(self) -> None:
        if self.suffix not in SUFFIXES:
            cause = f"Segmentations can't be written as '{self.suffix}'."
            raise UsageError(cause, f"Choose one of {', '.join(SUFFIXES)}.")
        if self.suffix == DICOM_SEG:
            from LightMSegmentationLib.dicom_export.packages import EXPORT_PACKAGES, require_packages

            require_packages(EXPORT_PACKAGES, "DICOM output")

    def check(self, case: Case, scan: ReadVolume) -> None:
        """Make sure, before anything is computed, that the result of ``scan`` can have the form asked for.

        Raises
        ------
        UsageError
            When a DICOM segmentation was asked for and the scan is not DICOM.
        """
        if self.suffix == DICOM_SEG and scan.dicom is None:
            from LightMSegmentationLib.dicom_export.source_series import not_dicom

            raise not_dicom(case.path.name)

    def write(self, name: str, scan: ReadVolume, result: SegmentationResult, seconds: float) -> CaseOutcome:
        """Write the files of a case and return its outcome; without a liver there is no segmentation and no preview."""
        outcome = self._outcome(name, scan, result, seconds)
        if result.labels is not None and result.findings is not None:
            from LightMSegmentationLib.imaging.preview import write_preview

            self._write_segmentation(scan, result.labels, result, self.staging.place_for(f"{name}{self.suffix}"))
            write_preview(scan.volume, result.labels, result.findings, self.staging.place_for(f"{name}.preview.png"))
        self._write_tables(outcome, scan, result)
        self.staging.commit(outcome.files)
        return outcome

    def _outcome(self, name: str, scan: ReadVolume, result: SegmentationResult, seconds: float) -> CaseOutcome:
        common = CaseOutcome(
            name,
            CaseState.NO_LIVER,
            seconds,
            message=" ".join((*result.no_liver_reasons, *scan.notes, *result.notes)),
            table=f"{name}.lesions.csv",
            report=f"{name}.report.json",
        )
        found = result.findings
        if found is None:
            return common
        return replace(
            common,
            state=CaseState.DONE,
            liver_volume_ml=float(found.liver_volume_ml),
            tumor_volume_ml=float(found.tumor_volume_ml),
            tumor_burden_percent=float(found.tumor_burden_percent),
            lesion_count=len(found.lesions),
            segmentation=f"{name}{self.suffix}",
            preview=f"{name}.preview.png",
        )

    def _write_segmentation(self, scan: ReadVolume, labels: Volume, result: SegmentationResult, path: Path) -> None:
        if self.suffix == DICOM_SEG:
            from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries
            from LightMSegmentationLib.dicom_export.source_series import read_source_series
            from LightMSegmentationLib.dicom_export.write import SEGMENTATION, write_dicom

            write_dicom(LabeledSeries.of(read_source_series(scan), result), {SEGMENTATION: path})
            return
        if self.suffix != SEG_NRRD:
            write_label_map(labels, path)
            return
        today = datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat()
        tags = {"LightMUNet.Model": result.model, "LightMUNet.Version": result.model_version, "LightMUNet.Date": today}
        write_plain_seg_nrrd(labels, path, tags)

    def _write_tables(self, outcome: CaseOutcome, scan: ReadVolume, result: SegmentationResult) -> None:
        from LightMSegmentationLib.measurement.table import write_table

        notes = (*scan.notes, *result.notes)
        document = report_document(outcome, result, scan.volume.grid, self.settings, notes)
        write_table(result.findings, self.staging.place_for(f"{outcome.name}.lesions.csv"))
        write_report(document, self.staging.place_for(f"{outcome.name}.report.json"))
