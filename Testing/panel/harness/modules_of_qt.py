"""The flat ``qt`` and ``ctk`` modules of Slicer."""

from __future__ import annotations

import types
from typing import Any

from PySide6 import QtCore

from Testing.panel.harness.designer import DESIGNER_WIDGETS
from Testing.panel.harness.names import NamesOfSlicer
from Testing.panel.harness.pythonqt import PythonQtClass, python_qt_class


class FlatQtModule(types.ModuleType):
    """Gives out PythonQt-like classes; a class that a running Slicer lacks does not exist."""

    def __init__(self, name: str, names: NamesOfSlicer) -> None:
        super().__init__(name)
        self._names = names
        self._widgets = {widget.__name__: widget for widget in DESIGNER_WIDGETS}

    def __getattr__(self, name: str) -> Any:
        """Return the class ``name``."""
        if name.startswith("__"):
            raise AttributeError(name)
        self._names.require(self.__name__, name)
        if name == "Qt":
            return PythonQtClass("Qt", (), {"behind": QtCore.Qt, "names": self._names})
        made = python_qt_class(name, self._names, self._widgets.get(name))
        setattr(self, name, made)
        return made
