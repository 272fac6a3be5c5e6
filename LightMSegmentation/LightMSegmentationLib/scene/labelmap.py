"""Masks as the binary label maps of segments, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.imaging.mask import Mask
from LightMSegmentationLib.scene.matrix import from_vtk, to_vtk

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode, vtkOrientedImageData

BINARY_LABELMAP = "Binary labelmap"
CLOSED_SURFACE = "Closed surface"


def to_labelmap(mask: Mask) -> vtkOrientedImageData:
    """Return an image with 1 where the mask is true; an empty mask makes an image without voxels, as Slicer has it."""
    import slicer
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    image = slicer.vtkOrientedImageData()
    extent = [index for low, high in zip(mask.box.start, mask.box.stop, strict=True) for index in (high - 1, low)]
    image.SetExtent(extent[::-1])
    if mask.array.size:
        image.GetPointData().SetScalars(numpy_to_vtk(mask.array.astype(np.uint8).ravel(), deep=True))
    else:
        image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 1)
    image.SetGeometryFromImageToWorldMatrix(to_vtk(mask.index_to_ras))
    return image


def mask_of_segment(segmentation_node: vtkMRMLSegmentationNode, segment_id: str) -> Mask:
    """Return the voxels of a segment on its own lattice, in the space of the segmentation node (RAS, mm)."""
    import slicer
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy

    image = slicer.vtkOrientedImageData()
    segmentation_node.GetBinaryLabelmapRepresentation(segment_id, image)
    to_ras = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(to_ras)
    low_i, high_i, low_j, high_j, low_k, high_k = image.GetExtent()
    shape = [max(0, high - low + 1) for low, high in ((low_k, high_k), (low_j, high_j), (low_i, high_i))]
    scalars = image.GetPointData().GetScalars()
    voxels = (
        vtk_to_numpy(scalars).reshape(shape) > 0 if all(shape) and scalars is not None else np.zeros((0, 0, 0), bool)
    )
    return Mask.of(voxels, from_vtk(to_ras), (low_k, low_j, low_i))
