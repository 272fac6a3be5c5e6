"""The segmentation node that takes the segments: where it lies and what it refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError, UsageError
from LightMSegmentationLib.scene.labelmap import BINARY_LABELMAP
from LightMSegmentationLib.scene.matrix import from_vtk
from LightMSegmentationLib.scene.subject_hierarchy import place_beside

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode


def add_segmentation(volume_node: vtkMRMLScalarVolumeNode) -> vtkMRMLSegmentationNode:
    """Add an empty segmentation of a volume to its scene: same study, same parent transform, its reference geometry."""
    scene = volume_node.GetScene()
    name = scene.GenerateUniqueName(f"{volume_node.GetName()} segmentation")
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.CreateDefaultDisplayNodes()
    place_beside(node, volume_node)
    node.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
    refer_to(node, volume_node)
    return node


def is_empty(segmentation_node: vtkMRMLSegmentationNode) -> bool:
    """Tell whether the segmentation has no segments."""
    return not segmentation_node.GetSegmentation().GetNumberOfSegments()


def refer_to(segmentation_node: vtkMRMLSegmentationNode, volume_node: vtkMRMLScalarVolumeNode) -> None:
    """Make a volume the reference of a segmentation that has none: source of DICOM export, and geometry for editing.

    A segmentation from a file has a geometry already, and keeps it.
    """
    import slicer

    role = segmentation_node.GetReferenceImageGeometryReferenceRole()
    if segmentation_node.GetNodeReference(role) is not None:
        return
    geometry = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    if not segmentation_node.GetSegmentation().GetConversionParameter(geometry):
        segmentation_node.SetReferenceImageGeometryParameterFromVolumeNode(volume_node)
    segmentation_node.SetNodeReferenceID(role, volume_node.GetID())


def check_takes_labelmaps(segmentation_node: vtkMRMLSegmentationNode) -> None:
    """Make sure that the segmentation keeps voxels.

    Raises
    ------
    UsageError
        When its segments are kept as surfaces: taking voxels would change them all.
    """
    segmentation = segmentation_node.GetSegmentation()
    kept_as = segmentation.GetSourceRepresentationName()
    if not is_empty(segmentation_node) and kept_as != BINARY_LABELMAP:
        cause = (
            f"The segmentation '{segmentation_node.GetName()}' keeps its segments as {kept_as.lower()}, not as voxels."
        )
        raise UsageError(cause, "Choose another segmentation, or a new one.")


def from_volume_to_segmentation(
    volume_node: vtkMRMLScalarVolumeNode, segmentation_node: vtkMRMLSegmentationNode
) -> np.ndarray:
    """Return the 4x4 matrix from the RAS space of the volume node to that of the segmentation node.

    Both parent transforms count; an empty segmentation is going to be under that of the volume.

    Raises
    ------
    UnusableInputError
        When the transform between them bends: label maps can only be moved and turned.
    """
    import slicer
    import vtk

    volume_parent = volume_node.GetParentTransformNode()
    segmentation_parent = volume_parent if is_empty(segmentation_node) else segmentation_node.GetParentTransformNode()
    transform, linear = vtk.vtkGeneralTransform(), vtk.vtkTransform()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(volume_parent, segmentation_parent, transform)
    if not slicer.vtkMRMLTransformNode.IsGeneralTransformLinear(transform, linear):
        cause = (
            f"'{volume_node.GetName()}' and '{segmentation_node.GetName()}' are under different transforms that bend."
        )
        raise UnusableInputError(cause, "Put both under the same transform, or choose a new segmentation.")
    return from_vtk(linear.GetMatrix())
