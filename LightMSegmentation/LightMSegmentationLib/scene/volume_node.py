"""Scalar volume nodes and `Volume`: voxels with their place in the node's own space.

The parent transform of a node is not part of a `Volume`; what is computed from it is put under the same transform.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.scene.matrix import from_vtk, to_vtk

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene


def volume_of_node(node: vtkMRMLScalarVolumeNode) -> Volume:
    """Return the voxels of a volume node; the array (k, j, i) shares the node's memory.

    Raises
    ------
    UnusableInputError
        When the node has no voxels, or several values per voxel.
    """
    from vtk.util.numpy_support import vtk_to_numpy

    image = node.GetImageData()
    scalars = image.GetPointData().GetScalars() if image is not None else None
    if scalars is None or not scalars.GetNumberOfTuples():
        cause = f"The volume '{node.GetName()}' has no voxels."
        raise UnusableInputError(cause, "Load the scan again.")
    if scalars.GetNumberOfComponents() != 1:
        cause = f"The volume '{node.GetName()}' has {scalars.GetNumberOfComponents()} values per voxel."
        raise UnusableInputError(cause, "Choose a CT, which has one.")
    grid = grid_of_node(node)
    return Volume(vtk_to_numpy(scalars).reshape(grid.shape), grid)


def grid_of_node(node: vtkMRMLScalarVolumeNode) -> Grid:
    """Return the geometry of a volume node in LPS, without its parent transform."""
    import vtk

    to_ras = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(to_ras)
    index_to_lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ from_vtk(to_ras)
    spacing = np.linalg.norm(index_to_lps[:3, :3], axis=0)
    direction = index_to_lps[:3, :3] / spacing
    i, j, k = node.GetImageData().GetDimensions()
    dx, dy, dz = map(float, spacing)
    x, y, z = map(float, index_to_lps[:3, 3])
    return Grid((i, j, k), (dx, dy, dz), (x, y, z), tuple(map(float, direction.ravel())))


def add_volume_node(scene: vtkMRMLScene, volume: Volume, name: str) -> vtkMRMLScalarVolumeNode:
    """Add a volume node with a copy of the voxels."""
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    image = vtk.vtkImageData()
    image.SetDimensions(volume.grid.size)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(volume.array).ravel(), deep=True))
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.SetAndObserveImageData(image)
    node.SetIJKToRASMatrix(to_vtk(volume.grid.index_to_ras))
    return node


def world_position(node: vtkMRMLScalarVolumeNode, position: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return where a point of the node's own RAS space (mm) is in the world: its parent transform applied."""
    world = [0.0, 0.0, 0.0]
    node.TransformPointToWorld(position, world)
    r, a, s = world
    return r, a, s
