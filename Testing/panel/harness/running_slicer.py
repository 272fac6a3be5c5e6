"""Installs the stand-in for a running Slicer into ``sys.modules`` and takes it out again."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import slicer as slicer_core
from PySide6 import QtCore

from Testing.panel.harness.application import Application, CheckedModule, module_members, util_members
from Testing.panel.harness.loaded_modules import bring_back, forget_modules, loaded_modules
from Testing.panel.harness.modules_of_qt import FlatQtModule
from Testing.panel.harness.names import NamesOfSlicer
from Testing.panel.harness.parameter_node import parameterNodeWrapper
from Testing.panel.harness.scripted_loadable_module import base_classes

MODULE_FILE = Path(__file__).parents[3] / "LightMSegmentation" / "LightMSegmentation.py"
_LIBRARY = "LightMSegmentationLib"
_REPLACED = ("slicer", "slicer.util", "slicer.i18n", "slicer.ScriptedLoadableModule", "slicer.parameterNodeWrapper",
             "slicer.packaging", "qt", "ctk", "LightMSegmentation")  # fmt: skip


class RunningSlicer:
    """One session of the stand-in: a scene, an application and, after `open_module`, the panel.

    Parameters
    ----------
    names
        What Slicer offers.
    folder
        Where settings and temporary files go.
    main_window, testing
        As with ``--no-main-window`` and ``--testing`` on Slicer's command line.
    """

    def __init__(self, names: NamesOfSlicer, folder: Path, *, main_window: bool = True, testing: bool = True) -> None:
        self._names = names
        self._before = {name: sys.modules.get(name) for name in _REPLACED}
        self._library = loaded_modules(_LIBRARY)
        self.application = Application(names, folder, main_window=main_window, testing=testing)
        self.scene = slicer_core.vtkMRMLScene()
        self._qt = FlatQtModule("qt", names)
        self._modules = SimpleNamespace()
        # The panel's parts import `slicer` and `qt` by name: they belong to one session.
        forget_modules(f"{_LIBRARY}.panel")
        self._install()

    def open_module(self) -> Any:
        """Load the module file as Slicer's module factory does, set the widget up and enter it; return the widget."""
        module = _load_module()
        parent = SimpleNamespace()
        module.LightMSegmentation(parent)
        for slot in list(self.application.started):
            slot()
        return self._new_widget(module, self._qt.QWidget())

    def offer_packaging(self) -> None:
        """Offer `slicer.packaging`, which Slicer has from 5.12 on."""

        def pip_install(requirements: list[str], constraints: Path, requester: str) -> None:
            kept = Path(constraints).read_text(encoding="utf-8").split()
            self.application.installed.append([requester, *requirements, *kept])

        packaging = CheckedModule("slicer.packaging", self._names)
        packaging.own.update(pip_install=pip_install)
        sys.modules["slicer.packaging"] = packaging

    def close(self) -> None:
        """Clean the module up and give the real modules back."""
        widget = getattr(self._modules, "LightMSegmentationWidget", None)
        if widget is not None:
            widget.cleanup()
        for name, module in self._before.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module
        forget_modules(_LIBRARY)
        bring_back(self._library)
        self.scene.Clear(True)

    def _new_widget(self, module: Any, parent: Any) -> Any:
        widget = module.LightMSegmentationWidget(parent)
        widget.setup()
        if hasattr(widget, "enter"):
            widget.enter()
        self._modules.LightMSegmentationWidget = widget
        return widget

    def _reload(self, _name: str) -> Any:
        """Do as `slicer.util.reloadScriptedModule`: the new code first, then the old widget's end; nothing enters."""
        module = _load_module()
        self._modules.LightMSegmentationWidget.cleanup()
        fresh = module.LightMSegmentationWidget(self._qt.QWidget())
        fresh.setup()
        self._modules.LightMSegmentationWidget = fresh
        return module

    def _install(self) -> None:
        names, app = self._names, self.application
        logics = _real_logics(self.scene)
        slicer = CheckedModule("slicer", names, slicer_core)
        slicer.__dict__["__path__"] = slicer_core.__path__
        util = CheckedModule("slicer.util", names, slicer_core.util)
        util.own.update(util_members(app, names, self._reload, lambda _name: self._modules.LightMSegmentationWidget))
        util.own["VTKObservationMixin"] = slicer_core.util.VTKObservationMixin
        application = CheckedModule("slicer.app", names)
        application.own.update(app.members())
        modules = CheckedModule("slicer.modules", names, self._modules)
        modules.own.update(module_members(app, logics))
        slicer.own.update(app=application, util=util, modules=modules, mrmlScene=self.scene, selfTests={})
        # The real slicer.util looks these up in its own package.
        slicer_core.mrmlScene, slicer_core.modules = self.scene, modules
        sys.modules.update({"slicer": slicer, "slicer.util": util, "qt": self._qt, "ctk": FlatQtModule("ctk", names)})
        self._install_submodules()

    def _install_submodules(self) -> None:
        i18n = CheckedModule("slicer.i18n", self._names)
        i18n.own.update(tr=lambda text: text, translate=lambda _context, text: text)
        wrapper = CheckedModule("slicer.parameterNodeWrapper", self._names)
        wrapper.own.update(parameterNodeWrapper=parameterNodeWrapper)
        loadable = CheckedModule("slicer.ScriptedLoadableModule", self._names)
        loadable.own.update(base_classes(sys.modules["slicer"], self._qt, MODULE_FILE))
        loadable.__all__ = list(loadable.own)  # type: ignore[attr-defined]
        sys.modules.update(
            {"slicer.i18n": i18n, "slicer.parameterNodeWrapper": wrapper, "slicer.ScriptedLoadableModule": loadable}
        )
        sys.modules["slicer.packaging"] = None  # type: ignore[assignment]  # as in Slicer 5.10
        sys.modules["slicer"].own.update(  # type: ignore[attr-defined]
            {"i18n": i18n, "parameterNodeWrapper": wrapper, "ScriptedLoadableModule": loadable}
        )


def wait_until(condition: Any, seconds: float = 30.0) -> bool:
    """Run the event loop until ``condition()`` is true; return whether it became so in time."""
    loop = QtCore.QEventLoop()
    limit = QtCore.QDeadlineTimer(int(1000 * seconds))
    timer = QtCore.QTimer()
    timer.timeout.connect(lambda: loop.quit() if condition() or limit.hasExpired() else None)
    timer.start(20)
    if not condition():
        loop.exec()
    return bool(condition())


def _load_module() -> Any:
    spec = importlib.util.spec_from_file_location("LightMSegmentation", MODULE_FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["LightMSegmentation"] = module
    spec.loader.exec_module(module)
    return module


def _real_logics(scene: Any) -> dict[str, Any]:
    application_logic = slicer_core.vtkSlicerApplicationLogic()
    application_logic.SetMRMLScene(scene)
    classes = {
        "segmentations": slicer_core.vtkSlicerSegmentationsModuleLogic,
        "terminologies": slicer_core.vtkSlicerTerminologiesModuleLogic,
        "volumes": slicer_core.vtkSlicerVolumesLogic,
        "subjecthierarchy": slicer_core.vtkSlicerSubjectHierarchyModuleLogic,
        "tables": getattr(slicer_core, "vtkSlicerTablesLogic", None),
    }
    logics = {name: logic() for name, logic in classes.items() if logic is not None}
    for logic in logics.values():
        logic.SetMRMLApplicationLogic(application_logic)
        logic.SetMRMLScene(scene)
    return {**logics, "application": application_logic}
