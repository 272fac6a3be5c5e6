"""Slice and 3D views; nothing happens where there are none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import slicer


def jumpToLesion(scene: Any, center: Sequence[float], segmentationNode: Any) -> None:
    """Center all slice views on a point of the segmentation.

    ``center`` is RAS mm before the parent transform of ``segmentationNode``, as the findings have it.
    """
    world = [0.0, 0.0, 0.0]
    if segmentationNode is not None:
        segmentationNode.TransformPointToWorld(list(center), world)
    else:
        world = list(center)
    slicer.vtkMRMLSliceNode.JumpAllSlices(scene, *world, slicer.vtkMRMLSliceNode.CenteredJumpSlice)


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
