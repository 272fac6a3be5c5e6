"""The files that a reviewer can save: segmentation, label map, DICOM segmentation, table."""

from __future__ import annotations

import importlib.util
import tempfile
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.errors import ResourceError, UnusableInputError
from LightMSegmentationLib.imaging.atomic import atomic_path, full_suffix
from LightMSegmentationLib.imaging.write import write_label_map
from LightMSegmentationLib.measurement.table import write_table

if TYPE_CHECKING:
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.measurement.findings import Findings
    from LightMSegmentationLib.provenance import Provenance
    from LightMSegmentationLib.review.case import Case


class SavedForm(str, Enum):
    """What can be saved; the value ends the file's name."""

    SEGMENTATION = ".seg.nrrd"
    LABEL_MAP = ".labels.nii.gz"
    DICOM = ".seg.dcm"
    TABLE = ".lesions.csv"


def file_name(case: Case, form: SavedForm) -> str:
    """Return what a saved file is called: after the scan."""
    name = Path(case.name).name
    suffix = full_suffix(Path(name))
    return f"{name[: len(name) - len(suffix)] or 'scan'}{form.value}"


def why_no_dicom(case: Case) -> str:
    """Return why the case can't be saved as DICOM, or nothing."""
    if case.scan.dicom is None:
        return "The scan is not DICOM."
    if importlib.util.find_spec("highdicom") is None:
        return 'Needs the extra "dicom".'
    return ""


def write_segmentation(node: Any, path: Path) -> None:
    """Write all segments of a segmentation node as Slicer writes them, whole or not at all.

    Raises
    ------
    ResourceError
        When it could not be written completely.
    """
    import slicer

    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetUseCompression(True)
    with atomic_path(path) as temporary:
        storage.SetFileName(str(temporary))
        if not storage.WriteData(node):
            cause = f"{path.name} could not be written completely."
            raise ResourceError(cause, "Free some space on the disk.")


def written_bytes(form: SavedForm, case: Case, labels: Volume, findings: Findings) -> bytes:
    """Return the content of a file other than the segmentation, which needs the scene; may run in a thread.

    Raises
    ------
    LightMError
        When it can't be made of this case.
    """
    with tempfile.TemporaryDirectory(prefix="lightm-review-") as folder:
        path = Path(folder) / f"saved{form.value}"
        if form is SavedForm.TABLE:
            write_table(findings, path)
        elif form is SavedForm.LABEL_MAP:
            write_label_map(labels, path)
        else:
            _write_dicom(case, labels, findings, path)
        return path.read_bytes()


def segmentation_bytes(node: Any) -> bytes:
    """Return the content of a ``.seg.nrrd``."""
    with tempfile.TemporaryDirectory(prefix="lightm-review-") as folder:
        path = Path(folder) / f"saved{SavedForm.SEGMENTATION.value}"
        write_segmentation(node, path)
        return path.read_bytes()


def _write_dicom(case: Case, labels: Volume, findings: Findings, path: Path) -> None:
    from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries
    from LightMSegmentationLib.dicom_export.packages import EXPORT_PACKAGES, require_packages
    from LightMSegmentationLib.dicom_export.source_series import read_source_series
    from LightMSegmentationLib.dicom_export.write import SEGMENTATION, write_dicom

    require_packages(EXPORT_PACKAGES, "DICOM output")
    if not findings.liver_volume_ml:
        cause = "There is no liver in the segments."
        raise UnusableInputError(cause, "Segment the scan, or draw the liver, before saving it as DICOM.")
    made_by: Provenance | None = case.prediction.provenance if case.prediction else None
    source = read_source_series(case.scan, case.name)
    model, version = (made_by.model, made_by.version) if made_by and made_by.model else ("drawn by hand", "")
    write_dicom(LabeledSeries(source, labels, findings, model, version), {SEGMENTATION: path})
