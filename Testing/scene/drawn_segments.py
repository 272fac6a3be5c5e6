"""Segments as a user draws them, and what can be read off a segmentation."""

from __future__ import annotations

import numpy as np
import slicer
from LightMSegmentationLib.imaging.mask import Mask
from LightMSegmentationLib.scene.labelmap import CLOSED_SURFACE, to_labelmap
from LightMSegmentationLib.scene.segment_changes import tag_of

from Testing.scene.small_scans import (
    GRID,
    voxels_of,
)

SPLEEN = {(0, 0, 0), (0, 0, 1), (0, 1, 1)}
EVERYTHING = {(k, j, i) for k in range(3) for j in range(4) for i in range(5)}


def draw(node: slicer.vtkMRMLSegmentationNode, name: str, voxels: set[tuple[int, int, int]]) -> None:
    """Set the voxels of a segment as the Segment Editor does; add the segment when it is new."""
    if node.GetSegmentation().GetSegment(name) is None:
        node.GetSegmentation().AddEmptySegment(name, name)
    array = np.zeros(GRID.shape, bool)
    array[tuple(np.transpose(list(voxels)))] = True
    labelmap = to_labelmap(Mask.of(array, GRID.index_to_ras))
    assert slicer.vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(labelmap, node, name)


def ids(node: slicer.vtkMRMLSegmentationNode) -> list[str]:
    return list(node.GetSegmentation().GetSegmentIDs())


def segment(node: slicer.vtkMRMLSegmentationNode, identifier: str) -> slicer.vtkSegment:
    return node.GetSegmentation().GetSegment(identifier)


def surface_points(node: slicer.vtkMRMLSegmentationNode, identifier: str) -> int:
    surface = segment(node, identifier).GetRepresentation(CLOSED_SURFACE)
    return 0 if surface is None else surface.GetNumberOfPoints()


def state(node: slicer.vtkMRMLSegmentationNode) -> dict[str, object]:
    """Return everything about a segmentation that a failed run must leave as it was."""
    tags = ("LightMUNet.Role", "LightMUNet.Content", "LightMUNet.Date")
    return {
        "transform": node.GetTransformNodeID(),
        "reference": node.GetNodeReferenceID(node.GetReferenceImageGeometryReferenceRole()),
        "segments": {
            name: (
                segment(node, name).GetName(),
                segment(node, name).GetColor(),
                voxels_of(node, name),
                surface_points(node, name),
                [tag_of(segment(node, name), tag) for tag in tags],
            )
            for name in ids(node)
        },
    }


def reference_geometry(node: slicer.vtkMRMLSegmentationNode) -> str:
    name = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    return node.GetSegmentation().GetConversionParameter(name)
