"""Stand-in for ``ctkCollapsibleButton``: a section that folds."""

from __future__ import annotations

from PySide6 import QtCore, QtGui, QtWidgets

_HEADER = 26


class ctkCollapsibleButton(QtWidgets.QAbstractButton):  # noqa: N801 - the name in Slicer
    """A header with a triangle over its contents; ``collapsed`` hides the contents."""

    contentsCollapsed = QtCore.Signal(bool)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._collapsed = False
        self._applying = False
        self.setContentsMargins(0, _HEADER, 0, 0)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Fixed)

    def _is_collapsed(self) -> bool:
        return self._collapsed

    def _set_collapsed(self, collapsed: bool) -> None:
        self._collapsed = collapsed
        self._apply()
        self.contentsCollapsed.emit(collapsed)

    collapsed = QtCore.Property(bool, _is_collapsed, _set_collapsed)

    def _apply(self) -> None:
        """Hide the contents, or show those that nobody hid."""
        self._applying = True
        direct = QtCore.Qt.FindChildOption.FindDirectChildrenOnly
        for child in self.findChildren(QtWidgets.QWidget, options=direct):
            child.setVisible(not self._collapsed and child.property("hiddenOnItsOwn") is not True)
        self._applying = False
        self.setMaximumHeight(_HEADER if self._collapsed else 16777215)
        self.updateGeometry()

    def childEvent(self, event: QtCore.QChildEvent) -> None:
        """Watch the contents being shown and hidden by others."""
        if event.type() == QtCore.QEvent.Type.ChildAdded:
            event.child().installEventFilter(self)

    def eventFilter(self, child: QtCore.QObject, event: QtCore.QEvent) -> bool:
        """Remember what was asked for, and keep a collapsed section's contents hidden."""
        asked = event.type() in (QtCore.QEvent.Type.ShowToParent, QtCore.QEvent.Type.HideToParent)
        if asked and not self._applying and isinstance(child, QtWidgets.QWidget):
            child.setProperty("hiddenOnItsOwn", event.type() == QtCore.QEvent.Type.HideToParent)
            if self._collapsed:
                self._apply()
        return False

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        """Fold what the ``.ui`` added after the property was set."""
        super().showEvent(event)
        if self._collapsed:
            self._apply()

    def sizeHint(self) -> QtCore.QSize:
        """Return the header's size, or that of header and contents."""
        inner = self.layout().sizeHint() if self.layout() and not self._collapsed else QtCore.QSize(100, 0)
        return QtCore.QSize(inner.width(), _HEADER if self._collapsed else inner.height())

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        """Fold or unfold at a click on the header."""
        if event.position().y() <= _HEADER:
            self._set_collapsed(not self._collapsed)

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        """Draw the header."""
        painter = QtGui.QPainter(self)
        header = QtCore.QRect(0, 0, self.width(), _HEADER)
        painter.fillRect(header.adjusted(0, 2, 0, -2), self.palette().mid().color().lighter(125))
        arrow = "\u25b8" if self._collapsed else "\u25be"
        painter.drawText(header.adjusted(8, 0, 0, 0), QtCore.Qt.AlignmentFlag.AlignVCenter, f"{arrow}  {self.text()}")
