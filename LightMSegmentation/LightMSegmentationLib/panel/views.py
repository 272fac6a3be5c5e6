"""Slice and 3D views; nothing happens where there are none."""

from __future__ import annotations

from typing import Any

import slicer

from LightMSegmentationLib.scene.volume_node import world_position


def jumpToLesion(volumeNode: Any, center: tuple[float, float, float]) -> None:
    """Center all slice views on a point of the volume: RAS mm before its parent transform, as the findings have it."""
    world = world_position(volumeNode, center)
    mode = slicer.vtkMRMLSliceNode.CenteredJumpSlice
    slicer.vtkMRMLSliceNode.JumpAllSlices(volumeNode.GetScene(), *world, mode)


def showIn3D(segmentationNode: Any) -> None:
    """Make the surfaces, show them, and center the first 3D view on them."""
    segmentationNode.CreateClosedSurfaceRepresentation()
    if segmentationNode.GetDisplayNode() is None:
        segmentationNode.CreateDefaultDisplayNodes()
    segmentationNode.GetDisplayNode().SetVisibility(True)
    segmentationNode.GetDisplayNode().SetVisibility3D(True)
    manager = slicer.app.layoutManager()
    if manager is not None and manager.threeDViewCount > 0:
        manager.threeDWidget(0).threeDView().resetFocalPoint()
