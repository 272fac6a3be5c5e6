"""The folder of received studies: every instance whole and on the disk before its sender hears that it arrived."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.atomic import writing_error
from LightMSegmentationLib.imaging.dicom_header import pydicom_silenced

if TYPE_CHECKING:
    from pathlib import Path

_UID = re.compile(r"\d+(\.\d+)*", re.ASCII)
_LONGEST_UID = 64
_UNFINISHED = ".unfinished"


class RefusedInstanceError(Exception):
    """What was received can't be stored: it is no DICOM, or its identifiers are missing or could not be file names."""


@dataclass(frozen=True)
class InstanceName:
    """The three identifiers of an instance: digits and dots (DICOM PS3.5, 9.1), and therefore safe as file names."""

    study: str
    series: str
    instance: str


class Inbox:
    """Instances as ``STUDY/SERIES/INSTANCE.dcm``; to be used by one process, and to store by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unfinished = folder / _UNFINISHED
        shutil.rmtree(self._unfinished, ignore_errors=True)
        try:
            self._unfinished.mkdir(parents=True)
        except OSError as error:
            raise writing_error(folder, error) from error

    def folder_of(self, study: str) -> Path:
        """Return the folder of a study."""
        return self._folder / study

    def studies(self) -> list[str]:
        """Return the studies that were received."""
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir() and path.name != _UNFINISHED)

    def files_of(self, study: str) -> list[Path]:
        """Return the instances of a study."""
        return sorted(self.folder_of(study).glob("*/*.dcm"))

    def store(self, name: InstanceName, data: bytes) -> None:
        """Store an instance, the bytes of a DICOM file; a newer one of the same name replaces it.

        Raises
        ------
        OSError
            When it can't be written; nothing is left of it then.
        """
        final = self.folder_of(name.study) / name.series / f"{name.instance}.dcm"
        if not (final.is_file() and final.read_bytes() == data):
            self._write(data, final)

    def _write(self, data: bytes, final: Path) -> None:
        temporary = self._unfinished / uuid.uuid4().hex
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            final.parent.mkdir(parents=True, exist_ok=True)
            temporary.replace(final)
            _flush_folder(final.parent)
        finally:
            temporary.unlink(missing_ok=True)


def identify(data: bytes) -> InstanceName:
    """Return the name of an instance from its own header.

    Raises
    ------
    RefusedInstanceError
        When it is no DICOM or an identifier is missing or malformed.
    """
    from pydicom import dcmread

    tags = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"]
    try:
        with pydicom_silenced():
            header = dcmread(BytesIO(data), stop_before_pixels=True, specific_tags=tags)
            found = [str(header.get(tag) or "") for tag in tags]
    except Exception as error:  # pydicom raises whatever a damaged stream provokes
        message = "it can't be parsed"
        raise RefusedInstanceError(message) from error
    for tag, uid in zip(tags, found, strict=True):
        if len(uid) > _LONGEST_UID or not _UID.fullmatch(uid):
            message = f"its {tag} is missing or malformed"
            raise RefusedInstanceError(message)
    return InstanceName(*found)


def _flush_folder(folder: Path) -> None:
    """Put the folder's entries on the disk, where the operating system lets a program do so."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
