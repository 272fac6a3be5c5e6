"""DICOM SEG: read back voxel by voxel, with codes, references and geometry."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import highdicom
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries
from LightMSegmentationLib.dicom_export.write import SEGMENTATION, write_dicom
from LightMSegmentationLib.errors import UnusableInputError, UsageError
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.read import read_volume
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.class_roles import segments_of
from LightMSegmentationLib.measurement.lesions import measure
from pydicom.dataset import Dataset

from Testing.data.dicom_files import write_enhanced, write_series
from Testing.unit.batch.small_scans import small_scan, write_scan
from Testing.unit.dicom_export.checks import errors_of_dciodvfy
from Testing.unit.dicom_export.conftest import PATIENT, labeled, of_a_patient
from Testing.unit.imaging.reading import oblique_direction

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


TILT = np.tan(np.radians(20.0))


@pytest.fixture
def written(found: LabeledSeries, tmp_path: Path) -> highdicom.seg.Segmentation:
    return write_and_read(found, tmp_path / "seg.dcm")


def write_and_read(found: LabeledSeries, path: Path) -> highdicom.seg.Segmentation:
    write_dicom(found, {SEGMENTATION: path})
    return highdicom.seg.segread(path)


def masks_of(found: LabeledSeries) -> np.ndarray:
    """Return what must be read back: liver with tumors, and tumors (k, j, i, segment)."""
    array = found.labels.array
    return np.stack([array > 0, array == 2], axis=-1)


def masks_by_place(segmentation: highdicom.seg.Segmentation, found: LabeledSeries) -> np.ndarray:
    """Return the segments on the grid of the labels, wherever the file says that its frames lie."""
    volume = segmentation.get_volume()
    result = np.zeros((*found.labels.grid.shape, volume.array.shape[-1]), bool)
    lps_to_index = np.linalg.inv(found.labels.grid.index_to_lps)
    for place in np.argwhere(volume.array.any(axis=-1)):
        i, j, k, _ = lps_to_index @ volume.affine @ [*place, 1.0]
        result[round(k), round(j), round(i)] = volume.array[tuple(place)]
    return result


def test_segments_read_back_voxel_by_voxel_on_the_source_slices(
    found: LabeledSeries, written: highdicom.seg.Segmentation
) -> None:
    instances = [header.SOPInstanceUID for header in found.source.headers]
    masks = written.get_pixels_by_source_instance(
        instances, assert_missing_frames_are_empty=True, ignore_spatial_locations=False
    )
    np.testing.assert_array_equal(masks.astype(bool), masks_of(found))
    assert masks.sum(axis=(0, 1, 2)).tolist() == [216, 4]


def test_simpleitk_reads_the_same_voxels_at_the_same_places(found: LabeledSeries, tmp_path: Path) -> None:
    write_dicom(found, {SEGMENTATION: tmp_path / "seg.dcm"})
    frames = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "seg.dcm"))) > 0
    dataset = pydicom.dcmread(tmp_path / "seg.dcm")
    expected = masks_of(found)
    for frame, group in zip(frames, dataset.PerFrameFunctionalGroupsSequence, strict=True):
        position = np.array(group.PlanePositionSequence[0].ImagePositionPatient, float)
        k = round((np.linalg.inv(found.labels.grid.index_to_lps) @ [*position, 1.0])[2])
        segment = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber - 1
        np.testing.assert_array_equal(frame, expected[k, :, :, segment])


def test_segments_carry_codes_color_and_the_algorithm(written: highdicom.seg.Segmentation) -> None:
    liver, tumor = written.SegmentSequence
    assert [segment.SegmentLabel for segment in (liver, tumor)] == ["liver", "liver tumor"]
    assert liver.SegmentedPropertyTypeCodeSequence[0].CodeValue == "10200004"
    assert tumor.SegmentedPropertyTypeCodeSequence[0].CodeValue == "108369006"
    assert tumor.AnatomicRegionSequence[0].CodeValue == "10200004"
    assert "AnatomicRegionSequence" not in liver
    for segment in (liver, tumor):
        (algorithm,) = segment.SegmentationAlgorithmIdentificationSequence
        assert (algorithm.AlgorithmName, algorithm.AlgorithmVersion) == ("tiny", "1.0")
        assert segment.SegmentAlgorithmType == "AUTOMATIC"
        assert len(segment.RecommendedDisplayCIELabValue) == 3


def test_organs_carry_their_codes_and_sides(found: LabeledSeries, tmp_path: Path) -> None:
    organs = segments_of({"background": 0, "left kidney": 1, "spleen": 2, "aorta": 3})
    kidney, spleen = write_and_read(replace(found, findings=None, segments=organs), tmp_path / "o.dcm").SegmentSequence
    assert (kidney.SegmentLabel, spleen.SegmentLabel) == ("left kidney", "spleen")
    (what,) = kidney.SegmentedPropertyTypeCodeSequence
    assert (what.CodeValue, what.SegmentedPropertyTypeModifierCodeSequence[0].CodeMeaning) == ("64033007", "Left")
    assert "SegmentedPropertyTypeModifierCodeSequence" not in spleen.SegmentedPropertyTypeCodeSequence[0]


def test_a_segment_without_a_code_is_named(found: LabeledSeries, tmp_path: Path) -> None:
    things = segments_of({"background": 0, "thing": 1, "spleen": 2})
    with pytest.raises(UsageError, match="No code is known for the model's class thing"):
        write_dicom(replace(found, findings=None, segments=things), {SEGMENTATION: tmp_path / "o.dcm"})
    assert not (tmp_path / "o.dcm").exists()


def test_every_frame_refers_to_the_slice_it_lies_on(found: LabeledSeries, written: highdicom.seg.Segmentation) -> None:
    positions = {header.SOPInstanceUID: header.ImagePositionPatient for header in found.source.headers}
    for frame in written.PerFrameFunctionalGroupsSequence:
        (derivation,) = frame.DerivationImageSequence
        (source,) = derivation.SourceImageSequence
        assert frame.PlanePositionSequence[0].ImagePositionPatient == positions[source.ReferencedSOPInstanceUID]
    (series,) = written.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == found.source.uid
    assert len(series.ReferencedInstanceSequence) == len(positions)


def test_patient_and_study_are_those_of_the_source_and_the_series_is_new(
    found: LabeledSeries, written: highdicom.seg.Segmentation
) -> None:
    same = set(PATIENT) - {"SliceThickness", "SpecificCharacterSet"}
    assert {name: str(written.get(name)) for name in same} == {name: PATIENT[name] for name in same}
    assert written.StudyInstanceUID == found.source.first.StudyInstanceUID
    assert written.SeriesInstanceUID != found.source.uid


def test_the_same_result_has_the_same_identifiers_and_another_one_others(found: LabeledSeries, tmp_path: Path) -> None:
    first = write_and_read(found, tmp_path / "first.dcm")
    again = write_and_read(labeled(tmp_path / "ct"), tmp_path / "again.dcm")
    other = LabeledSeries(found.source, found.labels, found.findings, "tiny", "1.1")
    assert again.SOPInstanceUID == first.SOPInstanceUID
    assert write_and_read(other, tmp_path / "other.dcm").SOPInstanceUID != first.SOPInstanceUID


def test_without_a_tumor_there_is_one_segment(found: LabeledSeries, tmp_path: Path) -> None:
    labels = Volume(np.minimum(found.labels.array, 1), found.labels.grid)
    healthy = LabeledSeries(found.source, labels, measure(labels), "tiny", "1.0")
    read = write_and_read(healthy, tmp_path / "seg.dcm")
    assert [segment.SegmentLabel for segment in read.SegmentSequence] == ["liver"]
    assert read.get_volume().array.sum() == 216


@pytest.mark.parametrize("turn", [20.0, 90.0])
def test_oblique_slices_keep_their_places(turn: float, tmp_path: Path) -> None:
    scan = small_scan(3)
    grid = Grid(scan.grid.size, (7.0, 9.0, 11.0), (5.0, -7.0, 3.0), oblique_direction(turn))
    found = labeled(write_series(tmp_path / "ct", Volume(scan.array, grid), of_a_patient))
    read = write_and_read(found, tmp_path / "seg.dcm")
    np.testing.assert_array_equal(masks_by_place(read, found), masks_of(found))
    assert errors_of_dciodvfy(tmp_path / "seg.dcm") == []


def test_a_tilted_gantry_gives_frames_of_their_own_in_the_same_frame_of_reference(
    make_series: Callable[..., LabeledSeries], tmp_path: Path
) -> None:
    def tilt(dataset: Dataset, k: int) -> None:
        x, y, z = map(float, dataset.ImagePositionPatient)
        dataset.ImagePositionPatient = [x, y + TILT * 8.0 * k, z]

    found = make_series(tilt)
    read = write_and_read(found, tmp_path / "seg.dcm")
    assert not found.source.pixel_for_pixel
    assert found.labels.grid.size != small_scan().grid.size
    np.testing.assert_array_equal(masks_by_place(read, found), masks_of(found))
    assert read.FrameOfReferenceUID == PATIENT["FrameOfReferenceUID"]
    assert read.ReferencedSeriesSequence[0].SeriesInstanceUID == found.source.uid
    for frame in read.PerFrameFunctionalGroupsSequence:
        (source,) = frame.DerivationImageSequence[0].SourceImageSequence
        assert source.SpatialLocationsPreserved == "NO"
    assert errors_of_dciodvfy(tmp_path / "seg.dcm") == []


def test_unevenly_spaced_slices_give_frames_at_even_distances(
    make_series: Callable[..., LabeledSeries], tmp_path: Path
) -> None:
    def shift(dataset: Dataset, k: int) -> None:
        x, y, z = map(float, dataset.ImagePositionPatient)
        dataset.ImagePositionPatient = [x, y, z + (2.0 if k % 2 else 0.0)]

    found = make_series(shift)
    read = write_and_read(found, tmp_path / "seg.dcm")
    np.testing.assert_array_equal(masks_by_place(read, found), masks_of(found))


def test_a_multi_frame_source_is_referred_to_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "ct").mkdir()
    source = write_enhanced(tmp_path / "ct" / "enhanced.dcm", small_scan(3), [*range(10, 20), *range(10)])
    found = labeled(source.parent)
    read = write_and_read(found, tmp_path / "seg.dcm")
    np.testing.assert_array_equal(masks_by_place(read, found), masks_of(found))
    (instance,) = read.ReferencedSeriesSequence[0].ReferencedInstanceSequence
    assert instance.ReferencedSOPInstanceUID == pydicom.dcmread(source).SOPInstanceUID


def test_slices_whose_orientations_differ_by_rounding_are_one_series(
    make_series: Callable[..., LabeledSeries], tmp_path: Path
) -> None:
    def round_off(dataset: Dataset, k: int) -> None:
        dataset.ImageOrientationPatient = [1.0, 0.0001 * (k % 2), 0.0, 0.0, 1.0, 0.0]

    found = make_series(round_off)
    read = write_and_read(found, tmp_path / "seg.dcm")
    np.testing.assert_array_equal(masks_by_place(read, found), masks_of(found))


WRONG = {
    "PatientSex": "male",
    "PatientBirthDate": "unknown",
    "StudyDate": "29.02.2024",
    "StudyTime": "noon",
    "PatientID": "P" * 80,
    "FrameOfReferenceUID": "",
    "PatientAge": "sixty",
    "PatientWeight": "75",
}
CODE_WITHOUT_SCHEME = Dataset()
CODE_WITHOUT_SCHEME.CodeValue, CODE_WITHOUT_SCHEME.CodeMeaning = "6500572", "CT abdomen"


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_values_that_dicom_does_not_allow_count_as_unknown(
    make_series: Callable[..., LabeledSeries], tmp_path: Path
) -> None:
    def spoil(dataset: Dataset, _k: int) -> None:
        for name, value in WRONG.items():
            setattr(dataset, name, value)
        dataset.ProcedureCodeSequence = [CODE_WITHOUT_SCHEME]

    read = write_and_read(make_series(spoil), tmp_path / "seg.dcm")
    assert [read.PatientSex, read.PatientBirthDate, read.StudyDate, read.StudyTime] == ["", "", "", ""]
    assert read.FrameOfReferenceUID.startswith("2.25.")
    assert "PatientAge" not in read
    assert "ProcedureCodeSequence" not in read
    assert read.PatientWeight == 75
    assert errors_of_dciodvfy(tmp_path / "seg.dcm") == []


def test_headers_without_any_patient_are_completed(tmp_path: Path) -> None:
    found = labeled(write_series(tmp_path / "ct", small_scan(3)))
    read = write_and_read(found, tmp_path / "seg.dcm")
    assert (read.PatientName, read.PatientID) == ("", "")


def test_names_in_other_alphabets_survive(make_series: Callable[..., LabeledSeries], tmp_path: Path) -> None:
    def rename(dataset: Dataset, _k: int) -> None:
        dataset.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
        dataset.PatientName = "Yamada^Tarou=山田^太郎"

    assert write_and_read(make_series(rename), tmp_path / "seg.dcm").PatientName == "Yamada^Tarou=山田^太郎"


def test_the_validator_finds_no_error(found: LabeledSeries, tmp_path: Path) -> None:
    write_dicom(found, {SEGMENTATION: tmp_path / "seg.dcm"})
    assert errors_of_dciodvfy(tmp_path / "seg.dcm") == []


def test_a_scan_that_is_no_dicom_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not DICOM"):
        labeled(write_scan(tmp_path / "scan.nii.gz"))


def test_a_slice_without_identifier_is_refused(tmp_path: Path) -> None:
    series = write_series(tmp_path / "ct", small_scan(3), of_a_patient)
    dataset = pydicom.dcmread(series / "image003.dcm")
    del dataset.SOPInstanceUID
    dataset.save_as(series / "image003.dcm")
    with pytest.raises(UnusableInputError, match=r"image003\.dcm has no SOPInstanceUID"):
        labeled(series)


def test_nothing_is_left_where_the_file_can_not_be_written(found: LabeledSeries, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UnusableInputError, match="it is a folder"):
        write_dicom(found, {SEGMENTATION: tmp_path / "taken"})
    assert sorted(tmp_path.iterdir()) == before
    assert read_volume(tmp_path / "ct").volume.grid == found.labels.grid
