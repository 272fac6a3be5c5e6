"""Stand-in for ``qMRMLWidget``: the top widget, which tells its children about the scene."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6 import QtCore, QtWidgets


class qMRMLWidget(QtWidgets.QWidget):  # noqa: N801 - the name in Slicer
    """Keeps the scene and emits ``mrmlSceneChanged``."""

    signatures: ClassVar = {"mrmlSceneChanged(vtkMRMLScene*)"}
    mrmlSceneChanged = QtCore.Signal(object)

    def setMRMLScene(self, scene: Any) -> None:
        """Set the scene and pass it on."""
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)

    def mrmlScene(self) -> Any:
        """Return the scene."""
        return self._scene
