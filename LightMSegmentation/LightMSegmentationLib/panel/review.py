"""The Segment Editor module: undo for what a run writes, and correcting it by hand."""

from __future__ import annotations

from typing import Any

import slicer
from slicer.i18n import tr as _

from LightMSegmentationLib.scene.segments import LIVER_ROLE, TUMOR_ROLE, segment_id

_EDITOR_TAG = "SegmentEditor"


def rememberForUndo(segmentationNode: Any, volumeNode: Any) -> None:
    """Let one undo in the Segment Editor bring back the segments as they are now.

    Without a main window there is no editor to undo in, and nothing happens.
    """
    if slicer.util.mainWindow() is None:
        return
    editor = _editorOn(segmentationNode, volumeNode)
    editor.saveStateForUndo()


def reviewInSegmentEditor(segmentationNode: Any, volumeNode: Any) -> str | None:
    """Open the Segment Editor on the segmentation and volume with the tumor segment selected, or that of the liver.

    Returns
    -------
    Why it can't be opened, or None.
    """
    if slicer.util.mainWindow() is None:
        return _("The Segment Editor needs Slicer's main window.")
    editor = _editorOn(segmentationNode, volumeNode)
    slicer.util.selectModule("SegmentEditor")
    segmentIds = (segment_id(segmentationNode, role) for role in (TUMOR_ROLE, LIVER_ROLE))
    chosen = next((segmentId for segmentId in segmentIds if segmentId), None)
    if chosen is not None:
        editor.setCurrentSegmentID(chosen)
    return None


def _editorOn(segmentationNode: Any, volumeNode: Any) -> Any:
    """Return the module's editor, set to the nodes; setting the same node again would clear its undo history.

    What is being edited is asked of the parameter node: the editor's own ``segmentationNode()`` is what its combo box
    shows, which may be the first segmentation of the scene before any was chosen.
    """
    editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
    choices = _editorNode()
    if editor.mrmlSegmentEditorNode() != choices:  # none yet, or one of a scene that was closed
        editor.setMRMLSegmentEditorNode(choices)
    if choices.GetSegmentationNode() != segmentationNode:
        editor.setSegmentationNode(segmentationNode)
    if volumeNode is not None and choices.GetSourceVolumeNode() != volumeNode:
        editor.setSourceVolumeNode(volumeNode)
    return editor


def _editorNode() -> Any:
    """Return the parameter node that the Segment Editor module itself makes when it is opened."""
    scene = slicer.mrmlScene
    node = scene.GetSingletonNode(_EDITOR_TAG, "vtkMRMLSegmentEditorNode")
    if node is None:
        node = scene.CreateNodeByClass("vtkMRMLSegmentEditorNode")
        node.UnRegister(None)
        node.SetSingletonTag(_EDITOR_TAG)
        node = scene.AddNode(node)
    return node
