"""Waiting for a run in a script, while Slicer stays responsive."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import qt

from LightMSegmentationLib.errors import CancelledError, LightMError

if TYPE_CHECKING:
    from LightMSegmentationLib.panel.outcome import SegmentationOutcome


class Waiting:
    """Hears the end of a run, passes it on, and lets a script wait for it.

    Parameters
    ----------
    onFinished, onError
        Whom to tell, too.
    """

    def __init__(
        self,
        onFinished: Callable[[SegmentationOutcome], object] | None,
        onError: Callable[[LightMError], object] | None,
    ) -> None:
        self._onFinished = onFinished
        self._onError = onError
        self._outcome: SegmentationOutcome | None = None
        self._error: LightMError | None = None
        self._loop = qt.QEventLoop()

    def finish(self, outcome: SegmentationOutcome) -> None:
        """Take in that the run has ended well."""
        self._outcome = outcome
        self._loop.quit()
        if self._onFinished is not None:
            self._onFinished(outcome)

    def fail(self, error: LightMError) -> None:
        """Take in that the run has failed."""
        self._error = error
        self._loop.quit()
        if self._onError is not None:
            self._onError(error)

    def result(self) -> SegmentationOutcome:
        """Process events until the run has ended, and return or raise how it ended.

        Raises
        ------
        LightMError
            How the run failed; `CancelledError` when Slicer was closed meanwhile.
        """
        if self._outcome is None and self._error is None:
            self._loop.exec()
        if self._outcome is not None:
            return self._outcome
        raise self._error or CancelledError()
