"""Stand-in for the Segment Editor module's ``qMRMLSegmentEditorWidget``: node choice and undo, on real MRML."""

from __future__ import annotations

from typing import Any

import slicer

from Testing.panel.harness.names import NamesOfSlicer

_OWNER = "qMRMLSegmentEditorWidget"


class SegmentEditor:
    """Follows a ``vtkMRMLSegmentEditorNode``; the undo history belongs to the segmentation that is being edited."""

    def __init__(self, names: NamesOfSlicer) -> None:
        self._names = names
        self._node: Any = None
        self._history = slicer.vtkSegmentationHistory()
        self._history.SetMaximumNumberOfStates(10)

    def __getattribute__(self, name: str) -> Any:
        """Refuse what the real widget lacks."""
        if not name.startswith("_"):
            object.__getattribute__(self, "_names").require(_OWNER, name)
        return object.__getattribute__(self, name)

    def mrmlSegmentEditorNode(self) -> Any:
        """Return the node that holds the choices."""
        return self._node

    def setMRMLSegmentEditorNode(self, node: Any) -> None:
        """Follow another node."""
        self._node = node
        self._follow()

    def segmentationNode(self) -> Any:
        """Return what the combo box shows: the first segmentation of the scene while none has been chosen."""
        return self._edited() or slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSegmentationNode")

    def sourceVolumeNode(self) -> Any:
        """Return the volume under it."""
        return self._node.GetSourceVolumeNode() if self._node is not None else None

    def setSegmentationNode(self, node: Any) -> None:
        """Edit ``node``; without a segment editor node this does nothing but complain, as in Slicer."""
        if self._node is None:
            message = "Need to set segment editor parameter set node first"
            raise RuntimeError(message)
        self._node.SetAndObserveSegmentationNode(node)
        self._follow()

    def setSourceVolumeNode(self, node: Any) -> None:
        """Edit over ``node``."""
        self._node.SetAndObserveSourceVolumeNode(node)

    def setCurrentSegmentID(self, segment: str) -> None:
        """Select a segment."""
        self._node.SetSelectedSegmentID(segment)

    def saveStateForUndo(self) -> None:
        """Remember the segments as they are."""
        self._history.SaveState()

    def undo(self) -> None:
        """Bring back the segments that were remembered."""
        self._history.RestorePreviousState()

    def _edited(self) -> Any:
        return self._node.GetSegmentationNode() if self._node is not None else None

    def _follow(self) -> None:
        segmentation = self._edited()
        self._history.SetSegmentation(segmentation.GetSegmentation() if segmentation is not None else None)
