"""Files of a case that are made aside and put into place together, so that a killed run leaves none half written."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.atomic import writing_error

if TYPE_CHECKING:
    from pathlib import Path

STAGING_NAME = ".lightm-staging"


class Staging:
    """A folder for unfinished files in the output folder; what a killed run left in it is removed."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._folder = target / STAGING_NAME
        self.clear()

    def clear(self) -> None:
        """Remove everything unfinished."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def place_for(self, name: str) -> Path:
        """Return where to make the file that ``commit`` puts to ``name`` (relative to the output folder, ``/``)."""
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def commit(self, names: tuple[str, ...]) -> None:
        """Put the files into place, each replaced as a whole and on the disk before it gets its name.

        Raises
        ------
        UnusableInputError
            When one can't be put there.
        """
        for name in names:
            final = self._target / name
            try:
                _flush(self._folder / name)
                final.parent.mkdir(parents=True, exist_ok=True)
                (self._folder / name).replace(final)
            except OSError as error:
                raise writing_error(final, error) from error


def _flush(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())
