"""Several output files that appear together, complete, or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import LightMError
from LightMSegmentationLib.imaging.atomic import writing_error
from LightMSegmentationLib.interruption import uninterruptible

if TYPE_CHECKING:
    from types import TracebackType


class StagedFiles:
    """Files are made aside and moved to their places by `commit`.

    Used as a context manager: leaving it without a commit removes everything, folders made on the way included. It may
    also be made in one process, pickled, and committed in another that sees the same folders.

    Parameters
    ----------
    aside
        The folder to make the files in, on the file system of their places; it is made when it is needed, but not the
        one that holds it, whose removal tells that the files are no longer wanted. Without it, hidden folders beside
        the places are used.
    """

    def __init__(self, aside: Path | None = None) -> None:
        self._aside = aside
        self._staged: dict[Path, Path] = {}
        self._folders: dict[Path, Path] = {}
        self._made: list[Path] = []

    def __enter__(self) -> StagedFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard(error)

    def stage(self, target: Path) -> Path:
        """Return where to write what `commit` moves to ``target``; the name is the same, so endings are too."""
        parent = target.parent if self._aside else target.parent.resolve()
        if parent not in self._folders:
            self._folders[parent] = self._new_folder(parent)
        staged = self._folders[parent] / target.name
        self._staged[parent / target.name] = staged
        return staged

    def commit(self) -> None:
        """Move all staged files to their places; when one can't be moved, put older files back.

        Each is on the disk before it gets its name, so that a power failure leaves none half written.

        Raises
        ------
        UnusableInputError, ResourceError
            When a file can't be put into its place.
        """
        with uninterruptible():
            replaced: list[tuple[Path, Path | None]] = []
            for target, staged in self._staged.items():
                try:
                    self._make(target.parent)
                    _flush(staged)
                    older = _set_aside(target, staged)
                    staged.replace(target)
                except OSError as error:
                    _put_back(replaced)
                    raise writing_error(target, error) from error
                replaced.append((target, older))
            self._made.clear()

    def discard(self, error: BaseException | None = None) -> None:
        """Remove what was made and not committed; an ``error`` that names a file of it then names the place asked for.

        After a commit only the emptied folders are removed.
        """
        for parent, folder in self._folders.items():
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, LightMError):
                _name_the_place_asked_for(error, folder, parent)
        if self._aside:
            shutil.rmtree(self._aside, ignore_errors=True)
        for made in reversed(self._made):
            with contextlib.suppress(OSError):
                made.rmdir()

    def _new_folder(self, parent: Path) -> Path:
        """Return a folder for the files of ``parent``: names in two places may be the same."""
        if self._aside is None:
            self._make(parent)
            return Path(tempfile.mkdtemp(prefix=".lightm-", dir=parent))
        self._aside.mkdir(exist_ok=True)
        folder = self._aside / str(len(self._folders))
        folder.mkdir()
        return folder

    def _make(self, folder: Path) -> None:
        missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
        for parent in reversed(missing):
            parent.mkdir(exist_ok=True)
            self._made.append(parent)


def _name_the_place_asked_for(error: LightMError, folder: Path, parent: Path) -> None:
    """Rewrite a sentence about a staged file, whose hidden folder tells the user nothing."""
    error.cause = error.cause.replace(str(folder), str(parent))
    error.args = (f"{error.cause} {error.advice}".strip(),)


def _flush(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _set_aside(target: Path, staged: Path) -> Path | None:
    """Keep an older target under a second name in the hidden folder, which is removed after the commit."""
    if not target.exists():
        return None
    older = staged.with_name(f"older-{staged.name}")
    try:
        older.hardlink_to(target)
    except OSError:  # a file system without hard links
        shutil.copy2(target, older)
    return older


def _put_back(replaced: list[tuple[Path, Path | None]]) -> None:
    for target, older in reversed(replaced):
        if older is None:
            target.unlink(missing_ok=True)
        else:
            older.replace(target)
