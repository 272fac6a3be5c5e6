"""Tooltips as Slicer keeps them: the application turns each plain one into rich text, so that it wraps."""

from __future__ import annotations

import html

from PySide6 import QtCore, QtGui, QtWidgets


class ToolTipWrapper(QtCore.QObject):
    """Does what the event filter of ``qSlicerApplication`` does (``ctkToolTipTrapper``)."""

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        """Replace a plain tooltip right after it was set."""
        if event.type() != QtCore.QEvent.Type.ToolTipChange or not isinstance(watched, QtWidgets.QWidget):
            return False
        text = watched.toolTip()
        if not text or QtGui.Qt.mightBeRichText(text):
            return False
        watched.setToolTip(f"<p>{html.escape(text, quote=False)}</p>")
        return True
