"""Rows of text in a ``QTableWidget``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import qt


def fillTable(table: Any, rows: Sequence[Sequence[str]]) -> None:
    """Replace the contents of ``table`` by ``rows``."""
    table.clearSelection()
    table.setRowCount(len(rows))
    for row, texts in enumerate(rows):
        setRow(table, row, texts)
    table.resizeColumnsToContents()
    table.resizeRowsToContents()


def setRow(table: Any, row: int, texts: Sequence[str]) -> None:
    """Write one row, numbers to the right."""
    for column, text in enumerate(texts):
        item = qt.QTableWidgetItem(text)
        if _isNumber(text):
            item.setTextAlignment(qt.Qt.AlignRight | qt.Qt.AlignVCenter)
        table.setItem(row, column, item)


def _isNumber(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()
