"""Writing DICOM objects into files that appear whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.atomic import atomic_path
from LightMSegmentationLib.imaging.dicom_header import pydicom_silenced

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pydicom.dataset import Dataset

    from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries

T = TypeVar("T")

SEGMENTATION, REPORT, STRUCTURES = "segmentation", "sr", "rtstruct"


def write_dicom(found: LabeledSeries, paths: dict[str, Path]) -> None:
    """Write the objects that ``paths`` names: `SEGMENTATION`, `REPORT`, which refers to it, and `STRUCTURES`.

    Raises
    ------
    UnusableInputError
        When the source's headers can't be carried over, or a file can't be written.
    ResourceError
        When the disk is full.
    """
    from LightMSegmentationLib.dicom_export.measurement_report import measurement_report
    from LightMSegmentationLib.dicom_export.segmentation import segmentation_object
    from LightMSegmentationLib.dicom_export.structure_set import structure_set

    with pydicom_silenced():
        segmentation = _made(lambda: segmentation_object(found)) if SEGMENTATION in paths else None
        if segmentation is not None:
            _save(segmentation, paths[SEGMENTATION])
        if REPORT in paths:
            _save(_made(lambda: measurement_report(found, segmentation)), paths[REPORT])
        if STRUCTURES in paths:
            _save(_made(lambda: structure_set(found)), paths[STRUCTURES])


def _made(make: Callable[[], T]) -> T:
    """Return what ``make`` returns; highdicom refuses headers that break the standard with errors of any kind."""
    try:
        return make()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        cause = f"The headers of the source series can't be carried over into a DICOM result ({error})."
        raise UnusableInputError(cause, "Choose an output that ends in .seg.nrrd or .nii.gz.") from error


def _save(dataset: Dataset, path: Path) -> None:
    with atomic_path(path) as temporary:
        dataset.save_as(temporary, enforce_file_format=True)
