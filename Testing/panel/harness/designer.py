"""Loads a Qt Designer ``.ui`` file with the stand-ins for ctk and qMRML widgets, as ``slicer.util.loadUI`` does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

from PySide6 import QtCore, QtUiTools, QtWidgets

from Testing.panel.harness.names import NamesOfSlicer
from Testing.panel.harness.pythonqt import PythonQtObject, unwrap, wrap
from Testing.panel.harness.widgets.collapsible_button import ctkCollapsibleButton
from Testing.panel.harness.widgets.mrml_widget import qMRMLWidget
from Testing.panel.harness.widgets.node_combo_box import qMRMLNodeComboBox
from Testing.panel.harness.widgets.path_line_edit import ctkPathLineEdit

DESIGNER_WIDGETS = (ctkCollapsibleButton, ctkPathLineEdit, qMRMLNodeComboBox, qMRMLWidget)


def load_ui(path: str, names: NamesOfSlicer) -> PythonQtObject:
    """Return the top widget of the file; its ``<connections>`` are made, unknown widget classes are an error."""
    tree = ElementTree.parse(path)
    _check_classes(tree)
    loader = QtUiTools.QUiLoader()
    for widget_class in DESIGNER_WIDGETS:
        loader.registerCustomWidget(widget_class)
    _check_names(tree, names)
    top = loader.load(_without_connections(path))
    _connect(tree, top)
    wrapped: PythonQtObject = wrap(top, names)
    return wrapped


def child_widgets(top: PythonQtObject, names: NamesOfSlicer) -> SimpleNamespace:
    """Return the named children as attributes, as ``slicer.util.childWidgetVariables`` does."""
    children = unwrap(top).findChildren(QtWidgets.QWidget)
    return SimpleNamespace(**{child.objectName(): wrap(child, names) for child in children if child.objectName()})


def _without_connections(path: str) -> QtCore.QBuffer:
    """Return the file without its connections, whose C++ signatures the stand-ins for widgets can't have."""
    tree = ElementTree.parse(path)
    tree.getroot().remove(tree.getroot().find("connections"))
    buffer = QtCore.QBuffer()
    buffer.setData(ElementTree.tostring(tree.getroot()))
    buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
    return buffer


def _check_classes(tree: Any) -> None:
    known = {widget_class.__name__ for widget_class in DESIGNER_WIDGETS}
    unknown = {w.get("class") for w in tree.iter("widget")} - known
    missing = {name for name in unknown if not hasattr(QtWidgets, name)}
    if missing:
        message = f"no designer plugin for {sorted(missing)}"
        raise ValueError(message)


def _check_names(tree: Any, names: NamesOfSlicer) -> None:
    for widget in tree.iter("widget"):
        for item in widget.findall("property"):
            if item.get("stdset") != "0":
                names.require(widget.get("class"), item.get("name"))


def _connect(tree: Any, top: QtWidgets.QWidget) -> None:
    for connection in tree.iter("connection"):
        sender, receiver = (_child(top, connection.findtext(end)) for end in ("sender", "receiver"))
        signal = (connection.findtext("signal") or "").partition("(")[0]
        slot = (connection.findtext("slot") or "").partition("(")[0]
        getattr(sender, signal).connect(getattr(receiver, slot))


def _child(top: QtWidgets.QWidget, name: str | None) -> Any:
    found = top if top.objectName() == name else top.findChild(QtCore.QObject, name)
    if found is None:
        message = f"<connections> names {name}, which is not in the file"
        raise ValueError(message)
    return found
