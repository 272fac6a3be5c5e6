"""Reading a CT, whatever form it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.atomic import full_suffix
from LightMSegmentationLib.imaging.dicom import is_dicom_file, read_dicom_file, read_dicom_folder
from LightMSegmentationLib.imaging.metaimage import read_metaimage
from LightMSegmentationLib.imaging.nifti import read_nifti
from LightMSegmentationLib.imaging.nrrd import read_nrrd
from LightMSegmentationLib.imaging.read_result import ReadVolume, refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["FILE_FORMS", "ReadVolume", "read_volume"]

FILE_FORMS: dict[str, Callable[[Path], ReadVolume]] = {
    ".nii": read_nifti,
    ".nii.gz": read_nifti,
    ".nrrd": read_nrrd,
    ".nhdr": read_nrrd,
    ".mha": read_metaimage,
    ".mhd": read_metaimage,
}
"""The suffixes of the files that are read, besides DICOM, which is known by its content."""


def read_volume(path: Path, series_uid: str | None = None) -> ReadVolume:
    """Read a volume as int16 on its native grid, with notes about everything that was changed or chosen.

    Parameters
    ----------
    path
        A NIfTI, NRRD, MetaImage or DICOM file, or a folder that holds a DICOM series (folders in it are searched too).
    series_uid
        Series Instance UID to take from a folder with several; ignored for files of the other forms.

    Raises
    ------
    UnusableInputError
        When there is no single readable 3D volume; the sentence names the file, what is wrong and what to do.
    """
    if path.is_dir():
        return read_dicom_folder(path, series_uid)
    if not path.exists():
        raise refusal(path, "does not exist", "Check the path.")
    try:
        return _read_file(path)
    except PermissionError as error:
        raise refusal(path, "may not be read", "Ask its owner for the right to read it.") from error


def _read_file(path: Path) -> ReadVolume:
    if path.stat().st_size == 0:
        raise refusal(path, "is empty (0 bytes)", "Copy or export the file again.")
    reader = FILE_FORMS.get(full_suffix(path).removeprefix(".seg"))
    if reader is not None:
        return reader(path)
    if is_dicom_file(path):
        return read_dicom_file(path)
    wrong = "is none of the forms that can be read"
    raise refusal(path, wrong, f"Give one of {', '.join(FILE_FORMS)}, a DICOM file or a DICOM folder.")
