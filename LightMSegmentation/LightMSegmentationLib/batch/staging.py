"""Files of a case that are made aside and put into place together, so that a killed run leaves none half written."""

from __future__ import annotations

import os
import shutil
import uuid
from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.atomic import writing_error

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

STAGING_NAME = ".lightm-staging"


class Staging:
    """The folder for unfinished files of one run, in the output folder; each attempt at a case has its own part.

    What a killed run left behind is removed when a new one begins. The folder of a run exists as long as its results
    are wanted: whoever still works for a run whose folder is gone should stop.
    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self.clear()
        self.folder = target / STAGING_NAME / uuid.uuid4().hex
        try:
            self.folder.mkdir(parents=True)
        except OSError as error:
            raise writing_error(self.folder, error) from error

    def clear(self) -> None:
        """Remove everything unfinished."""
        shutil.rmtree(self._target / STAGING_NAME, ignore_errors=True)

    def commit(self, attempt: StagedFiles, names: Iterable[str]) -> None:
        """Put the files of an attempt into place, each replaced as a whole and on the disk before it gets its name.

        Raises
        ------
        UnusableInputError
            When one can't be put there.
        """
        for name in names:
            final = self._target / name
            try:
                _flush(attempt.folder / name)
                final.parent.mkdir(parents=True, exist_ok=True)
                (attempt.folder / name).replace(final)
            except OSError as error:
                raise writing_error(final, error) from error
        attempt.discard()


class StagedFiles:
    """What one attempt at a case writes, below the folder of its run."""

    def __init__(self, run_folder: Path) -> None:
        self.folder = run_folder / uuid.uuid4().hex

    def place_for(self, name: str) -> Path:
        """Return where to make the file that `Staging.commit` puts to ``name`` (below the output folder, ``/``)."""
        self.folder.mkdir(exist_ok=True)
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def discard(self) -> None:
        """Remove what was written."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _flush(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())
