"""Slicer makes its module panel as wide as the module would like to be, at the cost of the views."""

from __future__ import annotations

from typing import Any

from PySide6 import QtWidgets

from Testing.panel.harness.pythonqt import unwrap
from Testing.panel.harness.running_slicer import RunningSlicer

NARROW = 460
ROOM_FOR_LESIONS = 400


def wished_width(widget: Any) -> int:
    return unwrap(widget.parent).layout().sizeHint().width()


def open_all_sections(panel: QtWidgets.QWidget) -> None:
    for section in panel.findChildren(QtWidgets.QWidget):
        if section.objectName().endswith("CollapsibleButton"):
            section.setProperty("collapsed", False)
            section.setVisible(True)


def test_long_texts_and_wide_tables_do_not_widen_the_panel(running_slicer: RunningSlicer) -> None:
    widget = running_slicer.open_module()
    panel = unwrap(widget.parent)
    open_all_sections(panel)
    panel.show()
    panel.resize(1200, 900)
    QtWidgets.QApplication.processEvents()
    for label in panel.findChildren(QtWidgets.QLabel):
        if label.wordWrap():
            label.setText("what there is to say about it, at length, " * 20)
            label.setVisible(True)
    for table in panel.findChildren(QtWidgets.QTableWidget):
        table.setRowCount(1)
        table.setItem(0, 0, QtWidgets.QTableWidgetItem("a case with a long name " * 10))
        table.resizeColumnsToContents()
    QtWidgets.QApplication.processEvents()
    width = wished_width(widget)
    panel.hide()

    assert width <= NARROW


def test_a_panel_with_all_sections_folded_keeps_room_for_its_tables(running_slicer: RunningSlicer) -> None:
    widget = running_slicer.open_module()
    for section in unwrap(widget.parent).findChildren(QtWidgets.QWidget):
        if section.objectName().endswith("CollapsibleButton"):
            section.setProperty("collapsed", True)

    assert wished_width(widget) >= ROOM_FOR_LESIONS
