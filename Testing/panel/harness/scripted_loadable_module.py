"""Stand-ins for the base classes of a scripted module; only what the module uses."""

from __future__ import annotations

import unittest
from pathlib import Path
from typing import Any

import slicer

from Testing.panel.harness.names import NamesOfSlicer


def base_classes(names: NamesOfSlicer, module_file: Path, qt: Any) -> dict[str, type]:
    """Return the four base classes, bound to the module's folder."""

    class ScriptedLoadableModule:
        def __init__(self, parent: Any) -> None:
            self.parent = parent
            self.moduleName = type(self).__name__

        def resourcePath(self, name: str) -> str:
            return str(module_file.parent / "Resources" / name)

        def getDefaultModuleDocumentationLink(self) -> str:
            return ""

    class ScriptedLoadableModuleWidget:
        def __init__(self, parent: Any = None) -> None:
            self.moduleName = type(self).__name__.removesuffix("Widget")
            self.parent = parent if parent is not None else qt.QWidget()
            if self.parent.layout() is None:
                self.parent.setLayout(qt.QVBoxLayout())
            self.layout = self.parent.layout()
            self.logic: Any = None

        def resourcePath(self, name: str) -> str:
            return str(module_file.parent / "Resources" / name)

        def setup(self) -> None:
            """Nothing here: the real one adds the developer section."""

        def cleanup(self) -> None:
            """Nothing here."""

        def onReload(self) -> None:
            slicer.util.reloadScriptedModule(self.moduleName)

    class ScriptedLoadableModuleLogic:
        def __init__(self, parent: Any = None) -> None:
            self.moduleName = type(self).__name__.removesuffix("Logic")
            self.isSingletonParameterNode = True

        def getParameterNode(self) -> Any:
            scene = slicer.mrmlScene
            node = scene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
            if node is None:
                node = scene.CreateNodeByClass("vtkMRMLScriptedModuleNode")
                node.UnRegister(None)
                node.SetSingletonTag(self.moduleName)
                node.SetModuleName(self.moduleName)
                node.SetName(self.moduleName)
                node = scene.AddNode(node)
            return node

    class ScriptedLoadableModuleTest(unittest.TestCase):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*(arguments or ("runTest",)))

        def delayDisplay(self, message: str) -> None:
            """Show nothing: there is no window."""

        def runTest(self) -> None:
            for name in dir(self):
                if "test" in name and callable(getattr(self, name)) and name != "runTest":
                    self.setUp()
                    getattr(self, name)()
                    self.tearDown()

    classes: dict[str, type] = {
        "ScriptedLoadableModule": ScriptedLoadableModule,
        "ScriptedLoadableModuleWidget": ScriptedLoadableModuleWidget,
        "ScriptedLoadableModuleLogic": ScriptedLoadableModuleLogic,
        "ScriptedLoadableModuleTest": ScriptedLoadableModuleTest,
    }
    return classes
