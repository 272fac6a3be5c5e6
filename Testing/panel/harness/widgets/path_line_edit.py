"""Stand-in for ``ctkPathLineEdit``: a path with a browse button."""

from __future__ import annotations

import enum

from PySide6 import QtCore, QtWidgets


class ctkPathLineEdit(QtWidgets.QWidget):  # noqa: N801 - the name in Slicer
    """Holds ``currentPath``; the button is there for its look only."""

    class Filter(enum.IntEnum):
        """What may be chosen; only what the panel uses."""

        Dirs = 1
        Files = 2

    currentPathChanged = QtCore.Signal(str)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._edit = QtWidgets.QLineEdit(self)
        button = QtWidgets.QToolButton(self)
        button.setText("\u2026")
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._edit)
        row.addWidget(button)
        self._edit.textChanged.connect(self.currentPathChanged)
        self._filters = 0
        self._name_filters: list[str] = []
        self._setting_key = ""

    currentPath = QtCore.Property(str, lambda self: self._edit.text(), lambda self, path: self._edit.setText(path))
    settingKey = QtCore.Property(
        str, lambda self: self._setting_key, lambda self, key: setattr(self, "_setting_key", key)
    )
    filters = QtCore.Property(int, lambda self: self._filters, lambda self, value: setattr(self, "_filters", value))
    nameFilters = QtCore.Property(
        "QStringList", lambda self: self._name_filters, lambda self, value: setattr(self, "_name_filters", value)
    )

    def addCurrentPathToHistory(self) -> None:
        """Keep the path for the next session (only in the real widget)."""
