"""The voxels inside a region of interest."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.box import Box
from LightMSegmentationLib.scene.matrix import from_vtk
from LightMSegmentationLib.scene.volume_node import grid_of_node

if TYPE_CHECKING:
    from slicer import vtkMRMLMarkupsROINode, vtkMRMLScalarVolumeNode

POINTS_ALONG_AN_EDGE = 5
"""Transforms that bend need more than the corners."""

ROUNDING = 1e-6
"""Of a voxel: a face that runs through voxel centers includes them."""


def box_of_roi(roi_node: vtkMRMLMarkupsROINode, volume_node: vtkMRMLScalarVolumeNode) -> Box:
    """Return the smallest box of voxels that holds every voxel center inside a region.

    The region may be turned or transformed against the volume. The box may reach beyond the volume, or lie beside it.

    Raises
    ------
    UnusableInputError
        When the region has no extent, or lies between voxel centers.
    """
    if min(roi_node.GetSize()) <= 0:
        raise _empty(roi_node)
    indices = _in_voxels(_surface_points(roi_node), roi_node, volume_node)
    start = [math.ceil(low - ROUNDING) for low in indices.min(axis=0)]
    stop = [math.floor(high + ROUNDING) + 1 for high in indices.max(axis=0)]
    if any(low >= high for low, high in zip(start, stop, strict=True)):
        raise _empty(roi_node)
    return Box((start[2], start[1], start[0]), (stop[2], stop[1], stop[0]))


def _surface_points(roi_node: vtkMRMLMarkupsROINode) -> np.ndarray:
    """Return points all over the region's faces (n x 3) in the RAS space of its own node, mm."""
    steps = np.linspace(-0.5, 0.5, POINTS_ALONG_AN_EDGE)
    lattice = itertools.product(steps, repeat=3)
    faces = np.array([point for point in lattice if max(map(abs, point)) == 0.5]) * np.asarray(roi_node.GetSize())
    to_node = from_vtk(roi_node.GetObjectToNodeMatrix())
    return faces @ to_node[:3, :3].T + to_node[:3, 3]


def _in_voxels(points: np.ndarray, roi_node: vtkMRMLMarkupsROINode, volume_node: vtkMRMLScalarVolumeNode) -> np.ndarray:
    """Return points of the region's space as voxel indices (i, j, k) of the volume; both parent transforms count."""
    import slicer
    import vtk

    to_volume = vtk.vtkGeneralTransform()
    parents = roi_node.GetParentTransformNode(), volume_node.GetParentTransformNode()
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(*parents, to_volume)
    moved = np.array([to_volume.TransformDoublePoint(point) for point in points])
    to_index = np.linalg.inv(grid_of_node(volume_node).index_to_ras)
    return moved @ to_index[:3, :3].T + to_index[:3, 3]


def _empty(roi_node: vtkMRMLMarkupsROINode) -> UnusableInputError:
    cause = f"The region of interest '{roi_node.GetName()}' holds no voxel."
    return UnusableInputError(cause, "Draw it around the liver, or segment without one.")
