"""Several output files that appear together, complete, or not at all."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.cli.interruption import uninterruptible
from LightMSegmentationLib.errors import LightMError

if TYPE_CHECKING:
    from types import TracebackType


class StagedFiles:
    """Files are written in a hidden folder beside their place and moved there by `commit`.

    Used as a context manager: leaving it without a commit removes everything, folders made on the way included.
    """

    def __init__(self) -> None:
        self._staged: dict[Path, Path] = {}
        self._folders: dict[Path, Path] = {}
        self._made: list[Path] = []

    def __enter__(self) -> StagedFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for parent, folder in self._folders.items():
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, LightMError):
                _name_the_place_asked_for(error, folder, parent)
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):
                folder.rmdir()

    def stage(self, target: Path) -> Path:
        """Return where to write what `commit` moves to ``target``; the name is the same, so endings are too."""
        parent = target.parent.resolve()
        if parent not in self._folders:
            self._make(parent)
            self._folders[parent] = Path(tempfile.mkdtemp(prefix=".lightm-", dir=parent))
        staged = self._folders[parent] / target.name
        self._staged[parent / target.name] = staged
        return staged

    def commit(self) -> None:
        """Move all staged files to their places; when one can't be moved, put older files back and raise OSError."""
        with uninterruptible():
            replaced: list[tuple[Path, Path | None]] = []
            try:
                for target, staged in self._staged.items():
                    older = _set_aside(target, staged)
                    staged.replace(target)
                    replaced.append((target, older))
            except OSError:
                _put_back(replaced)
                raise
            self._made.clear()

    def _make(self, folder: Path) -> None:
        missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
        for parent in reversed(missing):
            parent.mkdir(exist_ok=True)
            self._made.append(parent)


def _name_the_place_asked_for(error: LightMError, folder: Path, parent: Path) -> None:
    """Rewrite a sentence about a staged file, whose hidden folder tells the user nothing."""
    error.cause = error.cause.replace(str(folder), str(parent))
    error.args = (f"{error.cause} {error.advice}".strip(),)


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
