"""The headers of the CT series that a result refers to, made fit for objects derived from them.

Source: DICOM PS3.3, C.7.1.1 (patient), C.7.2.1 (general study), C.7.4.1 (frame of reference).
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.imaging.dicom_header import pydicom_silenced
from LightMSegmentationLib.imaging.read_result import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset
    from pydicom.uid import UID

    from LightMSegmentationLib.imaging.read_result import ReadVolume

_DATE = re.compile(r"\d{8}")
_TIME = re.compile(r"\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?")
_TEXTS = ("PatientID", "PatientName", "AccessionNumber", "StudyID", "ReferringPhysicianName")
_DATES = ("PatientBirthDate", "StudyDate")
_TIMES = ("StudyTime",)
_SEXES = ("M", "F", "O")
_COPIED_GROUPS = (0x0008, 0x0010, 0x0012, 0x0032, 0x0040)
"""What tells of patient, study and request; geometry is not among it."""

_UTF8 = "ISO_IR 192"


@dataclass(frozen=True)
class SourceSeries:
    """Headers (without pixels) of the files of a series, in the order of the volume's slices.

    ``headers`` has one dataset for each file; what it says of patient and study is complete and valid.
    ``pixel_for_pixel`` tells whether voxel k, j, i of the volume is pixel j, i of file k, which a multi-frame file
    never is.
    """

    headers: tuple[Dataset, ...]
    pixel_for_pixel: bool

    @property
    def first(self) -> Dataset:
        """The header of the first file: patient, study and series are the same in all of them."""
        return self.headers[0]

    @property
    def uid(self) -> str:
        """Series Instance UID."""
        return str(self.first.SeriesInstanceUID)


def read_source_series(scan: ReadVolume, scan_name: str = "The scan") -> SourceSeries:
    """Read the headers of the files that ``scan``, called ``scan_name`` in sentences, was made from.

    Raises
    ------
    UsageError
        When the scan is not DICOM.
    UnusableInputError
        When a file has no identifier that could be referred to, or frames of several multi-frame files were used.
    """
    slices = scan.dicom
    if slices is None:
        raise not_dicom(scan_name)
    files = tuple(dict.fromkeys(part.file for part in slices.slices))
    several_frames = len(files) < len(slices.slices)
    if several_frames and len(files) > 1:
        wrong = "holds a series of several multi-frame files, which a DICOM result can't refer to"
        raise refusal(files[0].parent, wrong, "Choose an output that ends in .seg.nrrd or .nii.gz.")
    with pydicom_silenced():
        headers = tuple(_read_header(file) for file in files)
    if not several_frames:
        _agree(headers, scan.volume.grid.spacing[2])
    return SourceSeries(headers, slices.pixel_for_pixel and not several_frames)


def not_dicom(source: str) -> UsageError:
    """Return the error that says why a result of ``source`` can't be DICOM."""
    cause = f"{source} is not DICOM, and a DICOM result refers to the slices it was made from."
    return UsageError(cause, "Give a DICOM folder, or choose an output that ends in .seg.nrrd or .nii.gz.")


def derived_uid(*parts: str) -> UID:
    """Return a UID that depends on ``parts`` only: 2.25 and a name-based UUID (PS3.5, B.2; RFC 9562, 5.5)."""
    from pydicom.uid import UID

    return UID(f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, '|'.join(('LightMUNet', *parts))).int}")


def _read_header(file: Path) -> Dataset:
    from pydicom import dcmread

    header = dcmread(file, stop_before_pixels=True, force=True)
    for name in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID"):
        if not header.get(name):
            wrong = f"has no {name}, so that no DICOM result can refer to it"
            raise refusal(file, wrong, "Choose an output that ends in .seg.nrrd or .nii.gz.")
    _complete(header)
    return header


def _agree(headers: tuple[Dataset, ...], slice_spacing: float) -> None:
    """Give all slices the orientation of the first, from which rounding may set them apart, and a thickness.

    Decimals longer than DICOM allows, which scanners do write, are shortened.
    """
    from pydicom.valuerep import DS

    orientation = headers[0].ImageOrientationPatient
    for header in headers:
        header.ImageOrientationPatient = [DS(float(value), auto_format=True) for value in orientation]
        for name in ("ImagePositionPatient", "PixelSpacing"):
            setattr(header, name, [DS(float(value), auto_format=True) for value in header[name].value])
        if not header.get("SliceThickness"):
            header.SliceThickness = f"{slice_spacing:.6g}"


def _complete(header: Dataset) -> None:
    """Give the header what derived objects must have; a value that DICOM does not allow counts as unknown."""
    header.remove_private_tags()
    header.decode()
    header.SpecificCharacterSet = _UTF8
    for name in _TEXTS:
        setattr(header, name, str(header.get(name) or "")[:64])
    for names, form in ((_DATES, _DATE), (_TIMES, _TIME)):
        for name in names:
            value = str(header.get(name) or "")
            setattr(header, name, value if form.fullmatch(value) else "")
    if header.get("PatientSex") not in _SEXES:
        header.PatientSex = ""
    if not header.get("FrameOfReferenceUID"):
        header.FrameOfReferenceUID = derived_uid("frame of reference", str(header.SeriesInstanceUID))
    for element in list(header):
        if element.tag.group in _COPIED_GROUPS:
            _drop_if_invalid(header, element)


def _drop_if_invalid(header: Dataset, element: DataElement) -> None:
    """Remove what derived objects would copy and no validator would accept: malformed values, codes without scheme."""
    from pydicom.config import RAISE
    from pydicom.dataelem import DataElement

    if element.keyword.endswith("CodeSequence"):
        element.value = [item for item in element.value if item.get("CodingSchemeDesignator")]
        if not element.value:
            del header[element.tag]
    elif element.VR != "SQ":
        try:
            DataElement(element.tag, element.VR, element.value, validation_mode=RAISE)
        except (ValueError, OverflowError):
            del header[element.tag]
