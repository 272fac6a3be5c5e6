"""One segmentation from file to files: read, compute, write everything together."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from LightMSegmentationLib.cli.model_purpose import check_outputs
from LightMSegmentationLib.cli.output_plan import DICOM, SLICER_SEGMENTATION, has_ending, nearest_folder
from LightMSegmentationLib.errors import ResourceError
from LightMSegmentationLib.memory_need import check_memory
from LightMSegmentationLib.progress import Stage
from LightMSegmentationLib.run_report import report_document, write_report
from LightMSegmentationLib.staged_files import StagedFiles

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.cli.output_plan import OutputPlan
    from LightMSegmentationLib.cli.peak_memory import PeakMemory
    from LightMSegmentationLib.dicom_export.source_series import SourceSeries
    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.imaging.read_result import ReadVolume
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.inference.result import SegmentationResult
    from LightMSegmentationLib.inference.settings import SegmentationSettings
    from LightMSegmentationLib.progress import Monitor

#: A compressed label map takes well under a twentieth of a byte per voxel; two DICOM segments two bits, uncompressed;
#: a picture and the tables a few megabytes.
_BYTES_PER_VOXEL = 0.05
_BYTES_PER_DICOM_VOXEL = 0.25
_BYTES_BESIDES = 4 * 1024 * 1024
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Outcome:
    """The result, the notes of all steps, and the files that were written, by what they hold."""

    result: SegmentationResult
    notes: tuple[str, ...]
    written: dict[str, Path]
    kept: Path | None
    """An older segmentation file that stays because this run found no liver."""


@dataclass
class SegmentationRun:
    """Everything that one run needs; `execute` does it once."""

    source: Path
    series_uid: str | None
    settings: SegmentationSettings
    plan: OutputPlan
    memory: PeakMemory
    monitor: Monitor
    _timings: dict[str, float] = field(default_factory=dict)

    def execute(self) -> Outcome:
        """Read, segment and write; raises `LightMError` and leaves no file behind when a step fails."""
        started = time.perf_counter()
        scan = self._read()
        source = self._source_series(scan)
        check_memory(scan.volume.grid, self.settings.mode)
        check_disk(self.plan, scan.volume.grid)
        result = self._compute(scan.volume)
        notes = (*scan.notes, *result.notes)
        written = self._write(scan.volume, source, result, notes, started)
        return Outcome(result, notes, written, self._kept(result))

    def _read(self) -> ReadVolume:
        """Read and check the scan; `segment_volume` checks it as well, but only after the heavy packages are loaded."""
        started = time.perf_counter()
        self.monitor.report(Stage.READ, 0, 1)
        from LightMSegmentationLib.imaging.check import check_ct
        from LightMSegmentationLib.imaging.read import read_volume

        scan = read_volume(self.source, self.series_uid)
        check_ct(scan.volume, self.source.resolve().name)
        self.monitor.report(Stage.READ, 1, 1)
        self._timings["read"] = time.perf_counter() - started
        return scan

    def _source_series(self, scan: ReadVolume) -> SourceSeries | None:
        """Return what DICOM results refer to, None when none was asked for."""
        if not self.plan.dicom_files:
            return None
        from LightMSegmentationLib.dicom_export.source_series import read_source_series

        return read_source_series(scan, f"'{self.source.name}'")

    def _compute(self, volume: Volume) -> SegmentationResult:
        started = time.perf_counter()
        self.monitor.report(Stage.LOAD_MODEL, 0, 1)
        from LightMSegmentationLib.inference.any_model import load_any_model
        from LightMSegmentationLib.inference.segment_volume import segment_volume

        model = load_any_model(self.settings)
        check_outputs(model.card, self.plan)
        self.monitor.report(Stage.LOAD_MODEL, 1, 1)
        self._timings["load-model"] = time.perf_counter() - started
        result = segment_volume(volume, model, self.monitor)
        self._timings.update(result.timings)
        return result

    def _write(
        self,
        scan: Volume,
        source: SourceSeries | None,
        result: SegmentationResult,
        notes: tuple[str, ...],
        started: float,
    ) -> dict[str, Path]:
        """Write all files beside their places, then move them there together."""
        began = time.perf_counter()
        self.monitor.report(Stage.WRITE, 0, 1)
        planned = self.plan.files
        if result.labels is None:
            planned = {name: path for name, path in planned.items() if name in ("table", "report")}
        with StagedFiles() as files:
            staged = {name: files.stage(path) for name, path in planned.items()}
            write_results(scan, source, result, staged)
            ended = time.perf_counter()
            self._timings |= {"write": ended - began, "total": ended - started}
            if "report" in staged:
                document = report_document(result, self.settings.mode, scan.grid, notes, self._timings)
                of_this_run = {
                    "peak_memory_mib": round(self.memory.bytes / _MIB, 1),
                    "outputs": self.plan.seen_from_report(planned),
                }
                write_report(document | of_this_run, staged["report"])
            files.commit()
        self.monitor.report(Stage.WRITE, 1, 1)
        return planned

    def _kept(self, result: SegmentationResult) -> Path | None:
        older = self.plan.segmentation
        return older if result.labels is None and older.exists() else None


def write_results(
    scan: Volume, source: SourceSeries | None, result: SegmentationResult, paths: dict[str, Path]
) -> None:
    """Write the segmentation, the preview and the table to the ``paths`` named for them, and what is DICOM."""
    from LightMSegmentationLib.measurement.table import write_table
    from LightMSegmentationLib.measurement.volumes import volumes_beside

    dicom = {name: path for name, path in paths.items() if has_ending(path, (DICOM,))}
    if source is not None and dicom:
        from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries
        from LightMSegmentationLib.dicom_export.write import write_dicom

        write_dicom(LabeledSeries.of(source, result), dicom)
    if result.labels is not None and "segmentation" not in dicom:
        write_segmentation(result, result.labels, paths["segmentation"])
    if result.labels is not None and "preview" in paths:
        from LightMSegmentationLib.imaging.preview import write_preview

        write_preview(scan, result.labels, result.findings, paths["preview"], result.segments)
    if "table" in paths:
        others = volumes_beside(result.findings, result.segments, result.volumes_ml)
        write_table(result.findings, paths["table"], others)


def write_segmentation(result: SegmentationResult, labels: Volume, path: Path) -> None:
    """Write the ``labels`` of a result in the form that the ending of ``path`` names."""
    if has_ending(path, (SLICER_SEGMENTATION,)):
        from LightMSegmentationLib.provenance import Provenance
        from LightMSegmentationLib.seg_nrrd import write_seg_nrrd

        write_seg_nrrd(labels, path, Provenance.of(result), result.segments)
        return
    from LightMSegmentationLib.imaging.write import write_label_map

    write_label_map(labels, path)


def check_disk(plan: OutputPlan, grid: Grid) -> None:
    """Make sure that the results will fit on the disk.

    Raises
    ------
    ResourceError
        When a folder's file system has less room than the results are estimated to take.
    """
    per_voxel = _BYTES_PER_DICOM_VOXEL if plan.dicom_files else _BYTES_PER_VOXEL
    needed = _BYTES_BESIDES + per_voxel * grid.size[0] * grid.size[1] * grid.size[2]
    for path in plan.files.values():
        folder = nearest_folder(path)
        free = shutil.disk_usage(folder).free
        if free < needed:
            cause = (
                f"The disk of '{folder}' has {free / 1e6:.0f} MB left; the results need about {needed / 1e6:.0f} MB."
            )
            raise ResourceError(cause, "Free some space or choose another folder.")
