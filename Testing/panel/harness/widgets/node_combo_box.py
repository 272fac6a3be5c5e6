"""Stand-in for ``qMRMLNodeComboBox``: chooses a node of the scene."""

from __future__ import annotations

from typing import Any, ClassVar

import shiboken6
from PySide6 import QtCore, QtWidgets


class qMRMLNodeComboBox(QtWidgets.QWidget):  # noqa: N801 - the name in Slicer
    """Lists the nodes of ``nodeTypes``; without ``noneEnabled`` the first node is taken, as in the real widget."""

    signatures: ClassVar = {"currentNodeChanged(vtkMRMLNode*)", "currentNodeChanged(bool)"}
    currentNodeChanged = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._combo = QtWidgets.QComboBox(self)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._combo)
        self._scene: Any = None
        self._tags: list[int] = []
        self._types: list[str] = []
        self._flags: dict[str, Any] = {}
        self._node: Any = None
        self._combo.currentIndexChanged.connect(lambda index: self.setCurrentNode(self._combo.itemData(index)))

    def _flag(name: str, kind: type | str = bool, default: Any = False) -> Any:  # noqa: N805 - makes a property
        return QtCore.Property(
            kind, lambda self: self._flags.get(name, default), lambda self, value: self._flags.update({name: value})
        )

    addEnabled = _flag("addEnabled")
    removeEnabled = _flag("removeEnabled")
    renameEnabled = _flag("renameEnabled")
    editEnabled = _flag("editEnabled")
    noneEnabled = _flag("noneEnabled")
    showChildNodeTypes = _flag("showChildNodeTypes")
    hideChildNodeTypes = _flag("hideChildNodeTypes", "QStringList", [])
    selectNodeUponCreation = _flag("selectNodeUponCreation")
    noneDisplay = _flag("noneDisplay", str, "None")
    baseName = _flag("baseName", str, "")
    nodeTypes = QtCore.Property(
        "QStringList", lambda self: self._types, lambda self, types: setattr(self, "_types", list(types))
    )

    def setMRMLScene(self, scene: Any) -> None:
        """Follow ``scene``."""
        for tag in self._tags:
            self._scene.RemoveObserver(tag)
        self._scene = scene
        self._tags = [
            scene.AddObserver(event, lambda *_: self._fill())
            for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent)
        ]
        self._fill()

    def currentNode(self) -> Any:
        """Return the node that is chosen, or None."""
        return self._node

    @property
    def _node_id(self) -> str:
        return self._node.GetID() if self._node is not None else ""

    currentNodeID = QtCore.Property(
        str, lambda self: self._node_id, lambda self, node_id: self.setCurrentNode(self._scene.GetNodeByID(node_id))
    )

    def setCurrentNode(self, node: Any) -> None:
        """Choose ``node``; tell when that changes something."""
        if isinstance(node, str):
            node = self._scene.GetNodeByID(node)
        if node is not None and node not in self._nodes():
            node = None
        changed = node is not self._node
        self._node = node
        self._show()
        if changed:
            self.currentNodeChanged.emit(node)

    def _nodes(self) -> list[Any]:
        if self._scene is None:
            return []
        nodes = [
            self._scene.GetNthNodeByClass(i, t)
            for t in self._types
            for i in range(self._scene.GetNumberOfNodesByClass(t))
        ]
        exact = [n for n in nodes if self._flags.get("showChildNodeTypes") or n.GetClassName() in self._types]
        return [node for node in exact if not node.GetHideFromEditors()]

    def _fill(self) -> None:
        if not shiboken6.isValid(self):  # the scene outlives the widgets of a reloaded module
            return
        nodes = self._nodes()
        kept = self._node if self._node in nodes else None
        if kept is None and nodes and not self._flags.get("noneEnabled"):
            kept = nodes[0]
        self.setCurrentNode(kept)

    def _show(self) -> None:
        self._combo.blockSignals(True)
        self._combo.clear()
        if self._flags.get("noneEnabled") or not self._nodes():
            self._combo.addItem(self._flags.get("noneDisplay", "None"), "")
        for node in self._nodes():
            self._combo.addItem(node.GetName(), node.GetID())
        self._combo.setCurrentIndex(max(0, self._combo.findData(self._node_id)))
        self._combo.blockSignals(False)
