"""Stand-ins for the base classes of a scripted module; only what the module uses."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import Any


def base_classes(slicer: Any, qt: Any, module_file: Path) -> dict[str, type]:
    """Return the four base classes, bound to an application and the module's folder."""
    bound = {"slicer": slicer, "qt": qt, "resources": module_file.parent / "Resources"}
    bases = (ScriptedLoadableModule, ScriptedLoadableModuleWidget, ScriptedLoadableModuleLogic)
    classes = {base.__name__: type(base.__name__, (base,), bound) for base in bases}
    return {**classes, "ScriptedLoadableModuleTest": ScriptedLoadableModuleTest}


class ScriptedLoadableModule:
    """Describes the module to Slicer through ``parent``."""

    def __init__(self, parent: Any) -> None:
        self.parent = parent


class ScriptedLoadableModuleWidget:
    """Owns a layout in ``parent``."""

    slicer: Any
    qt: Any
    resources: Path

    def __init__(self, parent: Any = None) -> None:
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.parent = parent if parent is not None else self.qt.QWidget()
        if self.parent.layout() is None:
            self.parent.setLayout(self.qt.QVBoxLayout())
        self.layout = self.parent.layout()

    def resourcePath(self, name: str) -> str:
        """Return the path of a file in ``Resources``."""
        return str(self.resources / name)

    def setup(self) -> None:
        """Do nothing: the real one adds the developer section."""

    def onReload(self) -> None:
        """Reload the module, as the developer section's button does."""
        self.slicer.util.reloadScriptedModule(self.moduleName)


class ScriptedLoadableModuleLogic:
    """Holds the singleton parameter node of the module."""

    slicer: Any

    def __init__(self) -> None:
        self.moduleName = type(self).__name__.removesuffix("Logic")

    def getParameterNode(self) -> Any:
        """Return the node, which is made on first use."""
        scene = self.slicer.mrmlScene
        node = scene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        if node is None:
            node = scene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
            node.UnRegister(None)
            node.SetSingletonTag(self.moduleName)
            node.SetModuleName(self.moduleName)
            node = scene.AddNode(node)
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """Runs every method whose name contains "test", as "Reload and Test" does."""

    def delayDisplay(self, message: str) -> None:
        """Show nothing: there is no window."""

    def runTest(self) -> None:
        """Run them all."""
        for name in [name for name in dir(self) if "test" in name and callable(getattr(self, name))]:
            self.setUp()
            getattr(self, name)()
            self.tearDown()
