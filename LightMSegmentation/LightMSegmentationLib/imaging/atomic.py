"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import LightMError, ResourceError, UnusableInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_DOUBLE_SUFFIXES = (".nii.gz", ".seg.nrrd", ".seg.nhdr", ".tar.gz")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def full_suffix(path: Path) -> str:
    """Return the suffix that tells a file's form, such as ``.nii.gz`` or ``.mha``, in lower case."""
    name = path.name.lower()
    return next((suffix for suffix in _DOUBLE_SUFFIXES if name.endswith(suffix)), path.suffix.lower())


@contextmanager
def atomic_path(final: Path) -> Iterator[Path]:
    """Give a temporary path in the folder of ``final``; on success it replaces ``final``, on failure it is removed.

    The temporary name keeps the suffix, so that writers that choose a form by it work. A missing folder is made, and
    removed again on failure. An older ``final`` stays as it was until the new file is complete.

    Raises
    ------
    UnusableInputError
        When ``final`` can't be written.
    ResourceError
        When the disk is full.
    """
    made = _make_folder(final)
    temporary = _temporary_for(final)
    complete = False
    try:
        yield temporary
        temporary.replace(final)
        complete = True
    except OSError as error:
        raise writing_error(final, error) from error
    finally:
        if not complete:
            _remove(temporary, made)


def ensure_writable(final: Path) -> None:
    """Check, before long work, that ``final`` can be written; leaves nothing behind.

    Raises
    ------
    UnusableInputError
        When its folder can't be made or written, or when it is a folder itself.
    ResourceError
        When the disk is full.
    """
    made = _make_folder(final)
    trial = _temporary_for(final)
    try:
        trial.write_bytes(b"\0")
    except OSError as error:
        raise writing_error(final, error) from error
    finally:
        _remove(trial, made)


def writing_error(final: Path, error: OSError) -> LightMError:
    """Translate a failure to write ``final`` into a sentence."""
    if error.errno in _FULL:
        return ResourceError(f"The disk is full: {final} could not be written.", "Free some space or write elsewhere.")
    reason = error.strerror or str(error)
    return UnusableInputError(f"{final} can't be written ({reason}).", "Choose a folder where you may write.")


def _temporary_for(final: Path) -> Path:
    return final.parent / f".lightm-{uuid.uuid4().hex[:8]}{full_suffix(final)}"


def _make_folder(final: Path) -> list[Path]:
    """Make the folder of ``final`` and return the folders that were new, innermost first."""
    if final.is_dir():
        wrong = f"{final} can't be written: it is a folder."
        raise UnusableInputError(wrong, "Name a file in it.")
    missing = [folder for folder in final.parents if not folder.exists()]
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _remove_folders(missing)
        raise writing_error(final, error) from error
    return missing


def _remove(temporary: Path, made: list[Path]) -> None:
    with suppress(OSError):
        temporary.unlink(missing_ok=True)
    _remove_folders(made)


def _remove_folders(folders: list[Path]) -> None:
    """Remove folders while they are empty, innermost first."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()
