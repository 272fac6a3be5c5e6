"""Zipped studies: unpacked into a private folder for as long as they are needed, and never beyond it."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import LightMError, ResourceError, UnusableInputError
from LightMSegmentationLib.imaging.atomic import writing_error
from LightMSegmentationLib.imaging.read_result import counted
from LightMSegmentationLib.private_folder import PrivateFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

ARCHIVE_SUFFIX = ".zip"

_GIB = 1 << 30
_ENCRYPTED = 0x1
_SPARE_BYTES = _GIB // 4
_ADVICE = "Unpack it yourself and give the folder, if you trust it."


@dataclass(frozen=True)
class UnpackLimits:
    """What an archive may unpack to.

    Archives of CT hold some thousand files and shrink to a tenth at best. One that grows by more than ``ratio`` is
    refused when it also needs more than ``harmless_bytes``: a small file of zeros may shrink to nearly nothing.
    """

    files: int = 100_000
    total_bytes: int = 64 * _GIB
    ratio: float = 200.0
    harmless_bytes: int = _GIB // 4


LIMITS = UnpackLimits()


@contextmanager
def unpacked(archive: Path, limits: UnpackLimits = UnpackLimits()) -> Iterator[Path]:
    """Give a private folder with what ``archive`` holds; it is removed afterwards, or by the next one after a kill.

    Nothing is unpacked unless every name in it stays inside the folder.

    Raises
    ------
    UnusableInputError
        When it is no zip archive, is damaged or encrypted, unpacks to too much, or holds links or names that lead
        out of it.
    ResourceError
        When the disk is too full.
    """
    folder = PrivateFolder()
    try:
        with _opened(archive) as file:
            _check(archive, file, limits, shutil.disk_usage(folder.path).free)
            _extract(archive, file, folder.path / "content")
        yield folder.path / "content"
    finally:
        folder.remove()


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(archive) as file:
            yield file
    # NotImplementedError is how zipfile meets a way of compression that it does not know
    except (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error) as error:
        raise _refused(archive, "is damaged or no zip archive", "Copy or export it again.") from error
    except OSError as error:
        raise _refused(archive, f"can't be unpacked ({error.strerror or error})", "Check the file.") from error


def _check(archive: Path, file: zipfile.ZipFile, limits: UnpackLimits, free_bytes: int) -> None:
    """Refuse an archive by its directory, before anything is unpacked."""
    members = file.infolist()
    total = sum(member.file_size for member in members)
    packed = max(1, archive.stat().st_size)
    if len(members) > limits.files:
        raise _refused(archive, f"holds {counted(len(members), 'file')}, more than {limits.files}")
    if total > limits.total_bytes:
        raise _refused(archive, f"unpacks to {total / _GIB:.1f} GiB, more than {limits.total_bytes / _GIB:.0f}")
    if total > limits.harmless_bytes and total / packed > limits.ratio:
        raise _refused(archive, f"unpacks to {total / packed:.0f} times its size, as only zip bombs do")
    for member in members:
        if wrong := _wrong_with(member):
            raise _refused(archive, wrong)
    if total + _SPARE_BYTES > free_bytes:
        cause = (
            f"{archive.name} needs {total / _GIB:.1f} GiB to unpack; the temporary folder has {free_bytes / _GIB:.1f}."
        )
        raise ResourceError(cause, "Free some space, or let the variable TMPDIR name a larger folder.")


def _wrong_with(member: zipfile.ZipInfo) -> str:
    """Return why a member may not be unpacked; names are judged as Windows and as POSIX read them."""
    mode = member.external_attr >> 16
    parts = (*PurePosixPath(member.filename).parts, *PureWindowsPath(member.filename).parts)
    if ".." in parts:
        return "holds names that lead out of it ('..')"
    if PurePosixPath(member.filename).is_absolute() or PureWindowsPath(member.filename).anchor:
        return "holds absolute names"
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "holds links or special files"
    return "is encrypted" if member.flag_bits & _ENCRYPTED else ""


def _extract(archive: Path, file: zipfile.ZipFile, folder: Path) -> None:
    """Write the files of an archive that was checked; Python's reader gives no more bytes than were declared."""
    folder.mkdir()
    for member in file.infolist():
        if member.is_dir():
            continue
        path = folder.joinpath(*PurePosixPath(member.filename).parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with file.open(member) as source, path.open("xb") as target:
                shutil.copyfileobj(source, target)
        except FileExistsError as error:
            raise _refused(archive, "holds the same name twice") from error
        except OSError as error:
            known = writing_error(path, error)
            if isinstance(known, ResourceError):
                raise known from error
            raise _refused(archive, f"holds a file that can't be unpacked ({error.strerror})") from error


def _refused(archive: Path, wrong: str, advice: str = _ADVICE) -> LightMError:
    return UnusableInputError(f"{archive.name} {wrong}.", advice)
