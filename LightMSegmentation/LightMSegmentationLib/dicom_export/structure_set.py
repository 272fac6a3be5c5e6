"""DICOM structure sets (RTSTRUCT): the outlines of the segments, slice by slice, for radiotherapy programs.

Source: DICOM PS3.3, A.19 and C.8.8.5 (structure set), C.8.8.6 (contours), C.8.8.8 (observations).
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.dicom_export.contours import outlines
from LightMSegmentationLib.dicom_export.equipment import equipment, identity
from LightMSegmentationLib.dicom_export.segment_codes import segments_of
from LightMSegmentationLib.segment_role import TUMOR_ROLE

if TYPE_CHECKING:
    from pydicom.dataset import Dataset, FileDataset

    from LightMSegmentationLib.dicom_export.labeled_series import LabeledSeries
    from LightMSegmentationLib.segment_role import LabeledSegment, SegmentRole

_PATIENT_AND_STUDY = (
    "SpecificCharacterSet", "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID",
    "StudyID", "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName",
)  # fmt: skip


def structure_set(found: LabeledSeries) -> FileDataset:
    """Return the segments as regions of interest with closed planar contours (LPS, mm) on the slices of the labels."""
    dataset = _described(found)
    dataset.ReferencedFrameOfReferenceSequence = [_frame_of_reference(found)]
    regions, contours, observations = [], [], []
    for number, segment in enumerate(segments_of(found), start=1):
        regions.append(_region(found, number, segment.role))
        contours.append(_contours(found, number, segment))
        observations.append(_observation(number, segment.role))
    dataset.StructureSetROISequence = regions
    dataset.ROIContourSequence = contours
    dataset.RTROIObservationsSequence = observations
    return dataset


def _described(found: LabeledSeries) -> FileDataset:
    """Return a structure set without structures."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage

    made, what = identity(found, "RTSTRUCT"), equipment(found)
    of_what = "Liver and liver tumors" if found.is_of_liver else "Organs"
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = RTStructureSetStorage, made["sop_instance_uid"]
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = RTStructureSetStorage, made["sop_instance_uid"]
    dataset.SeriesInstanceUID, dataset.SeriesNumber = made["series_instance_uid"], made["series_number"]
    dataset.Modality, dataset.SeriesDescription = "RTSTRUCT", f"{of_what}: outlines (automatic)"
    for name in _PATIENT_AND_STUDY:
        setattr(dataset, name, found.source.first.get(name))
    dataset.Manufacturer, dataset.ManufacturerModelName = what["manufacturer"], what["manufacturer_model_name"]
    dataset.DeviceSerialNumber, dataset.SoftwareVersions = what["device_serial_number"], what["software_versions"]
    now = datetime.datetime.now().astimezone()
    dataset.StructureSetLabel = "LIVER" if found.is_of_liver else "ORGANS"
    dataset.StructureSetDate, dataset.StructureSetTime = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = dataset.StructureSetDate, dataset.StructureSetTime
    dataset.OperatorsName, dataset.ApprovalStatus = "", "UNAPPROVED"
    dataset.FrameOfReferenceUID = found.source.first.FrameOfReferenceUID
    dataset.PositionReferenceIndicator = found.source.first.get("PositionReferenceIndicator") or ""
    return dataset


def _frame_of_reference(found: LabeledSeries) -> Dataset:
    first = found.source.first
    series = _item(
        SeriesInstanceUID=found.source.uid,
        ContourImageSequence=[_image_reference(header) for header in found.source.headers],
    )
    study = _item(
        ReferencedSOPClassUID="1.2.840.10008.3.1.2.3.1",  # Detached Study Management: what the standard prescribes
        ReferencedSOPInstanceUID=first.StudyInstanceUID,
        RTReferencedSeriesSequence=[series],
    )
    return _item(FrameOfReferenceUID=first.FrameOfReferenceUID, RTReferencedStudySequence=[study])


def _region(found: LabeledSeries, number: int, role: SegmentRole) -> Dataset:
    return _item(
        ROINumber=number,
        ReferencedFrameOfReferenceUID=found.source.first.FrameOfReferenceUID,
        ROIName=role.name,
        ROIGenerationAlgorithm="AUTOMATIC",
        ROIGenerationDescription=f"{found.model} {found.model_version}"[:64],
    )


def _contours(found: LabeledSeries, number: int, segment: LabeledSegment) -> Dataset:
    """Return the outlines of a segment's voxels."""
    index_to_lps = found.labels.grid.index_to_lps
    contours = []
    for k, labels in enumerate(found.labels.array):
        for polygon in outlines(segment.mask(labels)):
            places = np.column_stack((polygon, np.full(len(polygon), k), np.ones(len(polygon)))) @ index_to_lps[:3].T
            contours.append(_contour(found, k, places))
    color = [round(255 * part) for part in segment.role.color]
    return _item(ROIDisplayColor=color, ContourSequence=contours, ReferencedROINumber=number)


def _contour(found: LabeledSeries, k: int, places: np.ndarray) -> Dataset:
    contour = _item(
        ContourGeometricType="CLOSED_PLANAR",
        NumberOfContourPoints=len(places),
        ContourData=[f"{value:.4f}" for value in places.ravel()],
    )
    if found.source.pixel_for_pixel:
        contour.ContourImageSequence = [_image_reference(found.source.headers[k])]
    return contour


def _observation(number: int, role: SegmentRole) -> Dataset:
    return _item(
        ObservationNumber=number,
        ReferencedROINumber=number,
        RTROIInterpretedType="GTV" if role == TUMOR_ROLE else "ORGAN",
        ROIInterpreter="",
    )


def _image_reference(header: Dataset) -> Dataset:
    return _item(ReferencedSOPClassUID=header.SOPClassUID, ReferencedSOPInstanceUID=header.SOPInstanceUID)


def _item(**attributes: object) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    for name, value in attributes.items():
        setattr(item, name, value)
    return item
