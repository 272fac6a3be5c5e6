"""Cases of a batch as rows, and the picture of the one that is selected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import qt
from slicer.i18n import tr as _

from LightMSegmentationLib.batch.outcome import CaseOutcome, CaseState
from LightMSegmentationLib.panel.table_rows import fillTable, setRow

_PREVIEW_WIDTH = 330
"""Pixels; a wider picture would widen Slicer's module panel."""


class BatchTable:
    """Keeps one row for each case, in the order in which the cases were found."""

    def __init__(self, ui: Any) -> None:
        self._ui = ui
        self._folder = Path()
        self._cases: list[CaseOutcome] = []
        ui.batchTable.connect("cellClicked(int,int)", lambda row, _column: self.showPreview(row))

    @property
    def cases(self) -> tuple[CaseOutcome, ...]:
        """The cases as they stand."""
        return tuple(self._cases)

    def show(self, cases: Sequence[CaseOutcome], folder: Path) -> None:
        """Show all cases; pictures are looked for in the output ``folder``."""
        self._cases, self._folder = list(cases), folder
        fillTable(self._ui.batchTable, [caseTexts(case) for case in cases])
        self._ui.batchPreviewLabel.clear()

    def start(self, name: str) -> None:
        """Mark a case as running."""
        row = self._row(name)
        if row is not None:
            self._set(row, replace(self._cases[row], state=CaseState.RUNNING, message=""))

    def finish(self, outcome: CaseOutcome) -> None:
        """Show how a case ended."""
        row = self._row(outcome.name)
        if row is not None:
            self._set(row, outcome)

    @property
    def finishedCount(self) -> int:
        """How many cases have ended, well or not."""
        return sum(case.state not in (CaseState.DUE, CaseState.RUNNING) for case in self._cases)

    def stop(self) -> None:
        """Show that no case is running any more, after a batch was cancelled or failed."""
        for row, case in enumerate(self._cases):
            if case.state is CaseState.RUNNING:
                self._set(row, replace(case, state=CaseState.DUE))

    def showPreview(self, row: int) -> None:
        """Show the picture of the case in a row, or all of its message, which the table has no room for."""
        case = self._cases[row]
        preview = case.preview
        picture = qt.QPixmap(str(self._folder / preview)) if preview else None
        if picture is None or picture.isNull():
            self._ui.batchPreviewLabel.text = case.message or _("No picture of this case.")
        else:
            self._ui.batchPreviewLabel.setPixmap(picture.scaledToWidth(_PREVIEW_WIDTH, qt.Qt.SmoothTransformation))

    def _row(self, name: str) -> int | None:
        return next((row for row, case in enumerate(self._cases) if case.name == name), None)

    def _set(self, row: int, case: CaseOutcome) -> None:
        self._cases[row] = case
        setRow(self._ui.batchTable, row, caseTexts(case))
        self._ui.batchTable.resizeColumnsToContents()


def caseTexts(case: CaseOutcome) -> tuple[str, ...]:
    """Return a case's cells: name, state, seconds, liver and tumor volume, message."""
    return (
        case.name,
        stateText(case.state),
        f"{case.seconds:.0f}" if case.seconds else "",
        _milliliters(case.liver_volume_ml),
        _milliliters(case.tumor_volume_ml),
        case.message,
    )


def stateText(state: CaseState) -> str:
    """Return a state as people read it."""
    texts = {
        CaseState.DUE: _("waiting"),
        CaseState.RUNNING: _("running"),
        CaseState.DONE: _("done"),
        CaseState.NO_LIVER: _("no liver"),
        CaseState.FAILED: _("failed"),
    }
    return texts[state]


def _milliliters(volume: float | None) -> str:
    return "" if volume is None else f"{volume:.1f}"
