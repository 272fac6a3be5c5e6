"""The result of a run: volumes, lesions to click, and where to go from here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _

from LightMSegmentationLib.measurement.table import write_table
from LightMSegmentationLib.measurement.volumes import volumes_beside, volumes_text
from LightMSegmentationLib.panel.details import copyToClipboard, outcomeDetails
from LightMSegmentationLib.panel.table_rows import fillTable
from LightMSegmentationLib.panel.views import jumpToLesion, showIn3D

if TYPE_CHECKING:
    from LightMSegmentationLib.measurement.findings import Findings, Lesion
    from LightMSegmentationLib.panel.outcome import SegmentationOutcome


@dataclass(frozen=True)
class _Shown:
    """What is on the card; nodes by ID, because they may be removed while it is shown."""

    outcome: SegmentationOutcome
    segmentationId: str
    volumeId: str


class ResultCard:
    """Shows the outcome of the last run.

    Parameters
    ----------
    review
        Called with segmentation and volume node to correct the result.
    """

    def __init__(self, ui: Any, review: Callable[[Any, Any], None]) -> None:
        self._ui = ui
        self._review = review
        self._shown: _Shown | None = None
        ui.lesionTable.connect("cellClicked(int,int)", lambda row, _column: self.jump(row))
        ui.reviewButton.connect("clicked()", self._onReview)
        ui.show3DButton.connect("clicked()", self._onShow3D)
        ui.exportTableButton.connect("clicked()", self._onExport)
        ui.copyResultButton.connect("clicked()", self._onCopy)

    def hide(self) -> None:
        """Take the result away, for example because its scene was closed."""
        self._shown = None
        self._ui.resultCollapsibleButton.visible = False

    def show(self, outcome: SegmentationOutcome) -> None:
        """Show an outcome that has segments."""
        if outcome.segmentationNode is None:
            self.hide()
            return
        self._shown = _Shown(outcome, outcome.segmentationNode.GetID(), outcome.volumeNode.GetID())
        # Unfolded first: what is hidden in a folded section comes back when it is unfolded.
        self._ui.resultCollapsibleButton.collapsed = False
        self._ui.resultCollapsibleButton.visible = True
        self._ui.summaryLabel.text = summaryText(outcome)
        ranOn = _("{seconds} s on {device} with the scan '{backend}', model {model} {version}")
        self._ui.ranOnLabel.text = ranOn.format(
            seconds=round(outcome.seconds),
            device=outcome.device,
            backend=outcome.backend,
            model=outcome.model,
            version=outcome.modelVersion,
        )
        notes = outcome.notes if outcome.findings is not None else (noTumorsText(outcome.model), *outcome.notes)
        self._ui.notesLabel.text = "\n".join(notes)
        self._ui.notesLabel.visible = bool(notes)
        self._fillLesions(outcome.findings.lesions if outcome.findings is not None else ())

    def exportTable(self, path: Path) -> None:
        """Write lesions, and the volumes of what has none, as CSV or JSON."""
        if self._shown is not None:
            outcome = self._shown.outcome
            others = volumes_beside(outcome.findings, outcome.segments, outcome.volumesMl)
            write_table(outcome.findings, path, others)

    def jump(self, row: int) -> None:
        """Center the slice views on the lesion in a row of the table."""
        if self._shown is None or self._shown.outcome.findings is None:
            return
        volume = slicer.mrmlScene.GetNodeByID(self._shown.volumeId)
        if volume is not None:
            jumpToLesion(volume, self._shown.outcome.findings.lesions[row].center_ras)

    def _fillLesions(self, lesions: tuple[Lesion, ...]) -> None:
        rows = [
            (
                str(lesion.number),
                f"{lesion.volume_ml:.2f}",
                f"{lesion.largest_axial_diameter_mm:.1f}",
                confidenceText(lesion),
            )
            for lesion in lesions
        ]
        fillTable(self._ui.lesionTable, rows)
        self._ui.lesionTable.visible = bool(rows)

    @property
    def _tableName(self) -> str:
        hasLesions = self._shown is not None and self._shown.outcome.findings is not None
        return "lesions.csv" if hasLesions else "volumes.csv"

    def _segmentation(self) -> Any:
        return slicer.mrmlScene.GetNodeByID(self._shown.segmentationId) if self._shown is not None else None

    def _onReview(self) -> None:
        segmentation = self._segmentation()
        if segmentation is not None and self._shown is not None:
            self._review(segmentation, slicer.mrmlScene.GetNodeByID(self._shown.volumeId))

    def _onShow3D(self) -> None:
        segmentation = self._segmentation()
        if segmentation is not None:
            showIn3D(segmentation)

    def _onExport(self) -> None:
        with slicer.util.tryWithErrorDisplay(_("The table could not be written."), waitCursor=False):
            path = qt.QFileDialog.getSaveFileName(
                None, _("Export the table"), self._tableName, _("Tables (*.csv *.json)")
            )
            if path:
                self.exportTable(Path(path))

    def _onCopy(self) -> None:
        if self._shown is not None:
            copyToClipboard(outcomeDetails(self._shown.outcome))


def confidenceText(lesion: Lesion) -> str:
    """Return a lesion's confidence in percent, marked where it is low."""
    if lesion.confidence is None:
        return ""
    template = _("{percent} % (low)") if lesion.low_confidence else _("{percent} %")
    return template.format(percent=round(100 * lesion.confidence))


def summaryText(outcome: SegmentationOutcome) -> str:
    """Return what was found: liver and tumors, and the volumes of whatever else the model tells."""
    found = "" if outcome.findings is None else findingsText(outcome.findings)
    others = volumes_text(volumes_beside(outcome.findings, outcome.segments, outcome.volumesMl))
    return "; ".join(text for text in (found, others) if text)


def noTumorsText(model: str) -> str:
    """Return why there is no lesion table."""
    return _("The model {model} tells no liver tumors, so there is no lesion table.").format(model=model)


def findingsText(findings: Findings) -> str:
    """Return liver volume, tumor count and burden as one line."""
    count = len(findings.lesions)
    liver = _("Liver {volume} mL").format(volume=round(findings.liver_volume_ml))
    if count == 0:
        return _("{liver}, no tumor found").format(liver=liver)
    template = _("{liver}, {count} tumor, {volume} mL ({burden} % of the liver)")
    if count > 1:
        template = _("{liver}, {count} tumors, {volume} mL ({burden} % of the liver)")
    return template.format(
        liver=liver,
        count=count,
        volume=f"{findings.tumor_volume_ml:.1f}",
        burden=f"{findings.tumor_burden_percent:.1f}",
    )
