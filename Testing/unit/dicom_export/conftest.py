"""CT series of a patient on the disk, and what a scripted engine finds in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries
from LightMSegmentationLib.dicom_export.source_series import read_source_series
from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.measurement.lesions import measure

from Testing.data.dicom_files import write_series
from Testing.data.scripted_engine import threshold
from Testing.unit.batch.small_scans import small_scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pydicom.dataset import Dataset

PATIENT = {
    "SpecificCharacterSet": "ISO_IR 192",
    "PatientName": "Müller^Jörg",
    "PatientID": "P-17",
    "PatientBirthDate": "19610203",
    "PatientSex": "M",
    "StudyID": "S1",
    "StudyDate": "20240229",
    "StudyTime": "101500",
    "AccessionNumber": "A-9",
    "ReferringPhysicianName": "Roe^Jane",
    "FrameOfReferenceUID": "1.2.3.4",
    "SliceThickness": "8",
}


def of_a_patient(dataset: Dataset, _k: int = 0) -> None:
    """Give a slice the attributes of a patient and a study."""
    for name, value in PATIENT.items():
        setattr(dataset, name, value)


def labeled(folder: Path) -> LabeledSeries:
    """Return the series in a folder with what the scripted engine finds in it."""
    scan = read_volume(folder)
    labels = threshold(scan.volume)
    return LabeledSeries(read_source_series(scan), labels, measure(labels), "tiny", "1.0")


@pytest.fixture
def make_series(tmp_path: Path) -> Callable[..., LabeledSeries]:
    """Return a function that writes a small scan with a tumor of 4 voxels as DICOM and labels it."""

    def make(edit: Callable[[Dataset, int], None] = lambda _dataset, _k: None, **options: object) -> LabeledSeries:
        def both(dataset: Dataset, k: int) -> None:
            of_a_patient(dataset)
            edit(dataset, k)

        return labeled(write_series(tmp_path / "ct", small_scan(3), both, **options))

    return make


@pytest.fixture
def found(make_series: Callable[..., LabeledSeries]) -> LabeledSeries:
    return make_series()
