"""Stand-in for ``slicer.parameterNodeWrapper``: node, bool, str and Enum members, with connections to widgets."""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import vtk

from Testing.panel.harness.pythonqt import PythonQtObject


def parameterNodeWrapper(cls: type) -> type:
    """Make ``cls`` a view on a ``vtkMRMLScriptedModuleNode``; refuses member types that this stand-in does not know."""
    members = typing.get_type_hints(cls)
    for name, kind in members.items():
        setattr(cls, name, _member(name, kind, getattr(cls, name, None)))
    cls.__init__ = _init  # type: ignore[misc]
    cls.connectGui = _connect_gui  # type: ignore[attr-defined]
    cls.disconnectGui = _disconnect_gui  # type: ignore[attr-defined]
    cls.__getattr__ = lambda self, name: getattr(self.__dict__["parameterNode"], name)  # type: ignore[attr-defined]
    cls._members = members  # type: ignore[attr-defined]
    return cls


def _init(self: Any, node: Any) -> None:
    self.parameterNode = node
    self._connections = {}


def _member(name: str, kind: Any, default: Any) -> property:
    if not isinstance(kind, type):
        message = f"{name}: this stand-in knows nodes, bool, str and Enum only"
        raise TypeError(message)
    if kind.__name__.startswith("vtkMRML"):
        return property(
            lambda self: self.parameterNode.GetNodeReference(name),
            lambda self, node: self.parameterNode.SetNodeReferenceID(name, node.GetID() if node is not None else None),
        )
    return property(
        lambda self: _read(kind, self.parameterNode.GetParameter(name), default),
        lambda self, value: self.parameterNode.SetParameter(name, _written(kind, value)),
    )


def _read(kind: type, text: str, default: Any) -> Any:
    if text == "":
        return default if default is not None else (next(iter(kind)) if issubclass(kind, enum.Enum) else kind())
    if issubclass(kind, enum.Enum):
        return kind[text]
    return text == "True" if kind is bool else text


def _written(kind: type, value: Any) -> str:
    if not isinstance(value, kind):
        message = f"expected {kind.__name__}, got {value!r}"
        raise TypeError(message)
    return value.name if isinstance(value, enum.Enum) else str(value)


def _connect_gui(self: Any, ui: SimpleNamespace) -> int:
    pairs = [
        (name, widget)
        for widget in vars(ui).values()
        if (name := widget.property("SlicerParameterName")) in self._members
    ]
    connections = [_Connection(self, name, self._members[name], widget) for name, widget in pairs]
    tag = len(self._connections) + 1
    self._connections[tag] = connections
    return tag


def _disconnect_gui(self: Any, tag: int) -> None:
    for connection in self._connections.pop(tag):
        connection.close()


class _Connection:
    """Keeps one member and one widget equal, in both directions."""

    def __init__(self, wrapper: Any, name: str, kind: type, widget: PythonQtObject) -> None:
        self._wrapper, self._name, self._kind, self._widget = wrapper, name, kind, widget
        signal, self._from_widget, self._to_widget = _CONNECTORS[widget.className()](kind, widget)
        self._show()
        self._signal = signal
        widget.connect(signal, self._store)
        self._tag = wrapper.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: self._show())

    def close(self) -> None:
        """End both directions."""
        self._widget.disconnect(self._signal, self._store)
        self._wrapper.RemoveObserver(self._tag)

    def _store(self) -> None:
        setattr(self._wrapper, self._name, self._from_widget())

    def _show(self) -> None:
        value = getattr(self._wrapper, self._name)
        if self._from_widget() != value:
            self._to_widget(value)


_Connector = tuple[str, Callable[[], Any], Callable[[Any], Any]]


def _node_selector(_kind: type, widget: Any) -> _Connector:
    return "currentNodeChanged(vtkMRMLNode*)", widget.currentNode, widget.setCurrentNode


def _check_box(_kind: type, widget: Any) -> _Connector:
    return "toggled(bool)", lambda: widget.checked, lambda value: setattr(widget, "checked", value)


def _combo_box(kind: type, widget: Any) -> _Connector:
    values = list(kind)  # type: ignore[call-overload]
    widget.clear()
    for value in values:
        widget.addItem(value.label() if hasattr(value, "label") else value.name)
    return (
        "currentIndexChanged(int)",
        lambda: values[widget.currentIndex],
        lambda value: widget.setCurrentIndex(values.index(value)),
    )


_CONNECTORS: dict[str, Callable[[type, Any], _Connector]] = {
    "qMRMLNodeComboBox": _node_selector,
    "QCheckBox": _check_box,
    "QComboBox": _combo_box,
}
