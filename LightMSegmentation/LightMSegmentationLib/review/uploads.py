"""What a browser may send: kinds, sizes and names of files."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.atomic import full_suffix
from LightMSegmentationLib.imaging.read import FILE_FORMS

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 4 << 30
"""Of all files of one scan together: 600 x 600 x 900 voxels are 0.65 GB, a DICOM study with several series a few GB."""
MOST_FILES = 20_000

_DICOM_SUFFIXES = (".dcm", ".ima", ".img", "")
_DICOM_PREAMBLE = slice(128, 132)
_UNSAFE = re.compile(r"[^A-Za-z0-9._ -]")


@dataclass
class UploadFolder:
    """The files of one scan on their way in; the folder is its own."""

    folder: Path
    most_bytes: int = MOST_BYTES
    most_files: int = MOST_FILES
    _bytes: int = field(default=0, init=False)
    _files: int = field(default=0, init=False)

    def clear(self) -> None:
        """Forget what was sent before."""
        for path in self.folder.iterdir():
            path.unlink()
        self._bytes = self._files = 0

    def place_for(self, name: str) -> Path:
        """Return where a file that the browser calls ``name`` goes: directly in the folder, whatever the name says.

        Raises
        ------
        UnusableInputError
            When it is of no kind that can be read, or there are too many files.
        """
        self._files += 1
        if self._files > self.most_files:
            cause = f"More than {self.most_files} files were chosen."
            raise UnusableInputError(cause, "Choose the folder of one study.")
        last = _UNSAFE.sub("_", PurePosixPath(name.replace("\\", "/")).name).lstrip(".") or "file"
        suffix = full_suffix(self.folder / last)
        if suffix not in FILE_FORMS and not _may_be_dicom(suffix):
            cause = f"{last} is no scan: its ending is none of {', '.join(FILE_FORMS)} or that of a DICOM file."
            raise UnusableInputError(cause, "Choose a CT, or a folder with DICOM files only.")
        # DICOM files of different folders are often called the same.
        numbered = f"{self._files:05d}-{last}" if _may_be_dicom(suffix) else last
        return self.folder / numbered

    def add(self, count: int) -> None:
        """Count ``count`` more bytes.

        Raises
        ------
        UnusableInputError
            When they are too many.
        """
        self._bytes += count
        if self._bytes > self.most_bytes:
            cause = f"The files are larger than {self.most_bytes / (1 << 30):.1f} GiB."
            raise UnusableInputError(cause, "Start lightm review on the computer that has them, with their path.")

    def received(self) -> Path:
        """Return the scan: the one file, or the folder.

        Raises
        ------
        UnusableInputError
            When nothing came, or something that claims to be DICOM and is not.
        """
        files = sorted(self.folder.iterdir())
        if not files:
            raise UnusableInputError("Nothing was sent.", "Choose a CT.")  # noqa: EM101
        for path in files:
            if _may_be_dicom(full_suffix(path)) and not _is_dicom(path):
                path.unlink()  # a DICOMDIR, a viewer's files: folders from a disc hold more than slices
        left = sorted(self.folder.iterdir())
        if not left:
            raise UnusableInputError("None of the files is DICOM.", "Choose a CT.")  # noqa: EM101
        return left[0] if len(left) == 1 else self.folder


def _may_be_dicom(suffix: str) -> bool:
    return suffix in _DICOM_SUFFIXES or suffix[1:].isdecimal()


def _is_dicom(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(_DICOM_PREAMBLE.stop)[_DICOM_PREAMBLE] == b"DICM"
