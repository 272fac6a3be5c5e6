"""The report of a batch is a page that the browser opens."""

from __future__ import annotations

from pathlib import Path

from PySide6 import QtCore, QtGui

from Testing.panel.harness.running_slicer import RunningSlicer, wait_until
from Testing.unit.batch.small_scans import write_scan


class Browser(QtCore.QObject):
    """Takes the pages that the desktop is asked to open."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[Path] = []

    @QtCore.Slot(QtCore.QUrl)
    def open(self, url: QtCore.QUrl) -> None:
        self.opened.append(Path(url.toLocalFile()))


def test_the_button_opens_the_page_of_the_batch(running_slicer: RunningSlicer, tmp_path: Path) -> None:
    write_scan(tmp_path / "Fälle" / "a.nrrd")
    widget, browser = running_slicer.open_module(), Browser()
    widget.ui.batchInputPathLineEdit.currentPath = str(tmp_path / "Fälle")
    widget.ui.batchOutputPathLineEdit.currentPath = str(tmp_path / "Ergebnisse 1")
    assert not widget.ui.batchReportButton.enabled

    widget.ui.batchButton.click()
    assert wait_until(lambda: not widget.panel.batch.isRunning)
    QtGui.QDesktopServices.setUrlHandler("file", browser, "open")
    try:
        widget.ui.batchReportButton.click()
    finally:
        QtGui.QDesktopServices.unsetUrlHandler("file")

    assert browser.opened == [tmp_path / "Ergebnisse 1" / "lightm-report.html"]
    assert "<html" in browser.opened[0].read_text(encoding="utf-8")
