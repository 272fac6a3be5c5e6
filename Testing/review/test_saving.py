"""The files that a reviewer can save, without a browser."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.measurement.lesions import measure
from LightMSegmentationLib.review.case import Case, read_case
from LightMSegmentationLib.review.saving import SavedForm, file_name, why_no_dicom, written_bytes

from Testing.data.dicom_files import write_series
from Testing.review.small_case import small_case
from Testing.unit.batch.small_scans import small_scan

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def dicom_case(tmp_path: Path) -> Case:
    """Return a case read from DICOM files, with a liver and a tumor that somebody drew."""
    write_series(tmp_path / "series", small_scan())
    return read_case(tmp_path / "series")


def drawn(case: Case) -> Volume:
    array = np.zeros(case.scan.volume.array.shape, np.uint8)
    array[6:12, 8:14, 8:14] = 1
    array[8, 10, 10] = 2
    return Volume(array, case.scan.volume.grid)


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("scan.nii.gz", "scan.seg.nrrd"),
        ("patient 1/ct.nrrd", "ct.seg.nrrd"),
        ("series", "series.seg.nrrd"),
    ],
)
def test_a_saved_file_is_called_after_its_scan(name: str, saved: str) -> None:
    case = small_case()
    assert file_name(Case(name, case.scan), SavedForm.SEGMENTATION) == saved


def test_a_scan_that_is_not_dicom_gives_no_dicom_and_says_so(dicom_case: Case) -> None:
    assert why_no_dicom(small_case()) == "The scan is not DICOM."
    pytest.importorskip("highdicom", reason="needs the extra 'dicom'")
    assert why_no_dicom(dicom_case) == ""


def test_edited_labels_become_a_dicom_segmentation_of_their_series(dicom_case: Case) -> None:
    pytest.importorskip("highdicom", reason="needs the extra 'dicom'")
    import pydicom

    labels = drawn(dicom_case)
    content = written_bytes(SavedForm.DICOM, dicom_case, labels, measure(labels))
    dataset = pydicom.dcmread(io.BytesIO(content))
    assert dataset.Modality == "SEG"
    assert [segment.SegmentLabel for segment in dataset.SegmentSequence] == ["liver", "liver tumor"]


def test_without_a_liver_there_is_no_dicom_segmentation(dicom_case: Case) -> None:
    pytest.importorskip("highdicom", reason="needs the extra 'dicom'")
    labels = Volume(np.zeros(dicom_case.scan.volume.array.shape, np.uint8), dicom_case.scan.volume.grid)
    with pytest.raises(UnusableInputError, match="no liver in the segments"):
        written_bytes(SavedForm.DICOM, dicom_case, labels, measure(labels))


def test_a_table_has_a_row_for_every_lesion() -> None:
    case = small_case(confidence=0.25)
    assert case.prediction is not None
    text = written_bytes(SavedForm.TABLE, case, case.labels, case.prediction.findings).decode()
    assert text.count("\r\nlesion,") == 1
    assert "low confidence" in text
