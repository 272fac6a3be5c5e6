"""Writing what was found in one case: segmentation, lesion table, preview and report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.batch.outcome import CaseOutcome, CaseState
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.imaging.write import LABEL_MAP_SUFFIXES, write_label_map
from LightMSegmentationLib.provenance import Provenance
from LightMSegmentationLib.run_report import report_document, write_report
from LightMSegmentationLib.seg_nrrd import write_seg_nrrd
from LightMSegmentationLib.segment_role import LIVER_ROLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from LightMSegmentationLib.imaging.read import ReadVolume
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.inference.settings import SegmentationSettings
    from LightMSegmentationLib.measurement.findings import Findings
    from LightMSegmentationLib.staged_files import StagedFiles

SEG_NRRD = ".seg.nrrd"
DICOM_SEG = ".seg.dcm"
_DICOM_SR = ".sr.dcm"
SUFFIXES = (SEG_NRRD, *LABEL_MAP_SUFFIXES, DICOM_SEG)


def check_suffix(suffix: str) -> None:
    """Make sure that segmentations can be written as ``suffix``.

    Raises
    ------
    UsageError
        When there is no such form.
    ModelError
        When packages that it needs are missing.
    """
    if suffix not in SUFFIXES:
        cause = f"Segmentations can't be written as '{suffix}'."
        raise UsageError(cause, f"Choose one of {', '.join(SUFFIXES)}.")
    if suffix == DICOM_SEG:
        from LightMSegmentationLib.dicom_export.packages import EXPORT_PACKAGES, require_packages

        require_packages(EXPORT_PACKAGES, "DICOM output")


@dataclass(frozen=True)
class CaseWriter:
    """Writes the files of one attempt at a case; ``suffix`` decides the form of the segmentation.

    The names of the files begin with ``stem`` (below the output folder ``target``, with ``/``). ``without_names`` takes
    what may name a patient out of the sentences of the report.
    """

    files: StagedFiles
    target: Path
    stem: str
    suffix: str
    settings: SegmentationSettings
    without_names: Callable[[str], str]

    def check(self, scan: ReadVolume, scan_name: str) -> None:
        """Make sure, before anything is computed, that the result of ``scan`` can have the form asked for.

        Raises
        ------
        UsageError
            When a DICOM segmentation was asked for and the scan is not DICOM.
        """
        if self.suffix == DICOM_SEG and scan.dicom is None:
            from LightMSegmentationLib.dicom_export.source_series import not_dicom

            raise not_dicom(scan_name)

    def write(self, case: CaseOutcome, scan: ReadVolume, result: SegmentationResult, seconds: float) -> CaseOutcome:
        """Write the files of a case and return how it ended; without a liver there is no segmentation, no preview."""
        outcome = self._outcome(case, scan, result, seconds)
        if result.labels is not None:
            from LightMSegmentationLib.imaging.preview import write_preview

            self._write_segmentation(scan, result.labels, result)
            place = self._place(".preview.png")
            write_preview(scan.volume, result.labels, result.findings, place, result.segments)
        self._write_tables(outcome, scan, result)
        return outcome

    def _place(self, ending: str) -> Path:
        return self.files.stage(self.target / f"{self.stem}{ending}")

    def _outcome(self, case: CaseOutcome, scan: ReadVolume, result: SegmentationResult, seconds: float) -> CaseOutcome:
        common = replace(
            case,
            state=CaseState.NO_LIVER,
            seconds=seconds,
            message=" ".join((*result.no_liver_reasons, *_other_volumes(result), *scan.notes, *result.notes)),
            table=f"{self.stem}.lesions.csv",
            report=f"{self.stem}.report.json",
        )
        if result.labels is None:
            return common
        return replace(
            common,
            state=CaseState.DONE,
            liver_volume_ml=result.volumes_ml.get(LIVER_ROLE.segment_id),
            **_tumors(result.findings),
            segmentation=f"{self.stem}{self.suffix}",
            preview=f"{self.stem}.preview.png",
            dicom_report=f"{self.stem}{_DICOM_SR}" if self.suffix == DICOM_SEG else None,
        )

    def _write_segmentation(self, scan: ReadVolume, labels: Volume, result: SegmentationResult) -> None:
        if self.suffix == DICOM_SEG:
            self._write_dicom(scan, result)
        elif self.suffix == SEG_NRRD:
            write_seg_nrrd(labels, self._place(SEG_NRRD), Provenance.of(result), result.segments)
        else:
            write_label_map(labels, self._place(self.suffix))

    def _write_dicom(self, scan: ReadVolume, result: SegmentationResult) -> None:
        from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries
        from LightMSegmentationLib.dicom_export.source_series import read_source_series
        from LightMSegmentationLib.dicom_export.write import REPORT, SEGMENTATION, write_dicom

        series = LabeledSeries.of(read_source_series(scan), result)
        write_dicom(series, {SEGMENTATION: self._place(DICOM_SEG), REPORT: self._place(_DICOM_SR)})

    def _write_tables(self, outcome: CaseOutcome, scan: ReadVolume, result: SegmentationResult) -> None:
        from LightMSegmentationLib.measurement.table import write_table
        from LightMSegmentationLib.measurement.volumes import volumes_beside

        notes = tuple(map(self.without_names, (*scan.notes, *result.notes)))
        timings = {**result.timings, "total": outcome.seconds}
        document = report_document(result, self.settings.mode, scan.volume.grid, notes, timings)
        others = volumes_beside(result.findings, result.segments, result.volumes_ml)
        write_table(result.findings, self._place(".lesions.csv"), others)
        write_report(document, self._place(".report.json"))


def _other_volumes(result: SegmentationResult) -> tuple[str, ...]:
    """Return a sentence about what is told beside liver and tumors."""
    from LightMSegmentationLib.measurement.volumes import volumes_beside, volumes_text

    others = {} if result.is_of_liver else volumes_beside(result.findings, result.segments, result.volumes_ml)
    return (f"{volumes_text(others)}.",) if others else ()


def _tumors(found: Findings | None) -> dict[str, Any]:
    """Return what a case's row says of tumors: nothing where the model tells none."""
    if found is None:
        return {}
    return {
        "tumor_volume_ml": float(found.tumor_volume_ml),
        "tumor_burden_percent": float(found.tumor_burden_percent),
        "lesion_count": len(found.lesions),
    }
