"""The folder in which the files of a batch are made, so that a killed run leaves none half written."""

from __future__ import annotations

import shutil
import uuid
from typing import TYPE_CHECKING

from LightMSegmentationLib.imaging.atomic import writing_error

if TYPE_CHECKING:
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
