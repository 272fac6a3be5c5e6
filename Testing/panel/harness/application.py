"""Stand-ins for ``slicer.app``, ``slicer.util`` and ``slicer.modules``; each refuses names that Slicer lacks."""

from __future__ import annotations

import contextlib
import os
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PySide6 import QtCore, QtWidgets

from Testing.panel.harness.designer import child_widgets, load_ui
from Testing.panel.harness.names import NamesOfSlicer
from Testing.panel.harness.pythonqt import wrap
from Testing.panel.harness.segment_editor import SegmentEditor


class CheckedModule(types.ModuleType):
    """A module whose own members come first, then those of the real module behind it, all of them checked."""

    def __init__(self, name: str, names: NamesOfSlicer, behind: Any = None) -> None:
        super().__init__(name)
        self.__dict__["_names"] = names
        self.__dict__["_behind"] = behind
        self.__dict__["own"] = {}

    def __getattr__(self, name: str) -> Any:
        """Return a member that a running Slicer has, too."""
        if name.startswith("__"):
            return getattr(self._behind, name)
        self._names.require(self.__name__, name)
        return self.own[name] if name in self.own else getattr(self._behind, name)


class Application:
    """What the module uses of ``slicer.app``."""

    def __init__(self, names: NamesOfSlicer, folder: Path, *, main_window: bool, testing: bool) -> None:
        self._names = names
        self.folder = folder
        self.has_main_window = main_window
        self.is_testing = testing
        self.quitting: list[Callable[[], None]] = []
        self.started: list[Callable[[], None]] = []
        self.questions: list[str] = []
        self.answer = True
        self.installed: list[list[str]] = []
        self.shown_module = ""
        self.editor = SegmentEditor(names)
        self.settings = QtCore.QSettings(str(folder / "settings.ini"), QtCore.QSettings.Format.IniFormat)
        self.logic = SimpleNamespace()

    def members(self) -> dict[str, Any]:
        """Return what ``slicer.app`` offers."""
        return {
            "processEvents": QtWidgets.QApplication.processEvents,
            "testingEnabled": lambda: self.is_testing,
            "userSettings": lambda: wrap(self.settings, self._names),
            "clipboard": lambda: wrap(QtWidgets.QApplication.clipboard(), self._names),
            "connect": self._connect,
            "disconnect": self._disconnect,
            "applicationVersion": "5.13.0-harness",
            "slicerHome": str(self.folder),
            "temporaryPath": str(self.folder),
            "applicationLogic": lambda: self.logic,
            "layoutManager": lambda: None,
        }

    def quit(self) -> None:
        """Emit ``aboutToQuit``."""
        for slot in list(self.quitting):
            slot()

    def _slots(self, signal: str) -> list[Callable[[], None]]:
        return {"aboutToQuit()": self.quitting, "startupCompleted()": self.started}[signal]

    def _connect(self, signal: str, slot: Callable[[], None]) -> bool:
        self._slots(signal).append(slot)
        return True

    def _disconnect(self, signal: str, slot: Callable[[], None]) -> bool:
        self._slots(signal).remove(slot)
        return True


def util_members(
    app: Application, names: NamesOfSlicer, reload_module: Callable[[str], Any], module_widget: Callable[[str], Any]
) -> dict[str, Any]:
    """Return the members of ``slicer.util`` that need an application; the others are those of slicer-core."""

    def ask(text: str, **_options: Any) -> bool:
        app.questions.append(text)
        return True if app.is_testing else app.answer

    def say(text: str, **_options: Any) -> None:
        app.questions.append(text)

    @contextlib.contextmanager
    def try_with_error_display(*_arguments: Any, **_options: Any) -> Iterator[None]:
        yield

    def select_module(name: str) -> None:
        if not app.has_main_window:
            message = "Could not find moduleSelector in the main window"
            raise RuntimeError(message)
        app.shown_module = name

    return {
        "loadUI": lambda path: load_ui(path, names),
        "childWidgetVariables": lambda widget: child_widgets(widget, names),
        "mainWindow": lambda: object() if app.has_main_window else None,
        "confirmYesNoDisplay": ask,
        "confirmOkCancelDisplay": ask,
        "infoDisplay": say,
        "errorDisplay": say,
        "tryWithErrorDisplay": try_with_error_display,
        "selectModule": select_module,
        "reloadScriptedModule": reload_module,
        "getModuleWidget": module_widget,
        "startupEnvironment": lambda: dict(os.environ),
        "modulePath": lambda _name: str(Path(sys.modules["LightMSegmentation"].__file__ or "")),
        "pip_install": lambda requirements: app.installed.append(list(requirements)),
        "restart": lambda: app.questions.append("restart"),
    }


def module_members(app: Application, logics: dict[str, Any]) -> dict[str, Any]:
    """Return ``slicer.modules``: real MRML logics, and the Segment Editor with the stand-in for its widget."""
    members: dict[str, Any] = {name: SimpleNamespace(logic=lambda logic=logic: logic) for name, logic in logics.items()}
    widget = SimpleNamespace(self=lambda: SimpleNamespace(editor=app.editor))
    members["segmenteditor"] = SimpleNamespace(widgetRepresentation=lambda: widget)
    return members
