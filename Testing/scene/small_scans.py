"""A scan of 5 x 4 x 3 voxels with a liver of six voxels, two of them tumor; and ways to turn and move it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import slicer
import vtk
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.provenance import Provenance
from LightMSegmentationLib.scene.labelmap import mask_of_segment
from LightMSegmentationLib.scene.matrix import to_vtk
from LightMSegmentationLib.scene.volume_node import add_volume_node

if TYPE_CHECKING:
    from collections.abc import Iterable

GRID = Grid((5, 4, 3), (0.75, 0.5, 2.5), (-12.5, 40.0, 1000.0))
TODAY = Provenance("liver-tumor", "0.1", "2026-11-21")
ORGAN = {(0, 1, 1), (0, 1, 2), (1, 1, 1), (1, 1, 2), (1, 2, 1), (2, 1, 1)}
TUMOR = {(1, 1, 2), (1, 2, 1)}
ARRANGEMENTS = list(itertools.product(itertools.permutations(range(3)), itertools.product((1.0, -1.0), repeat=3)))
"""48 ways in which voxel axes can run: which patient axis each follows, and whether forward or backward."""


def labels_at(
    voxels: Iterable[tuple[int, int, int]], tumor: Iterable[tuple[int, int, int]], grid: Grid = GRID
) -> Volume:
    """Return a label map with these voxels (k, j, i) as liver, and those of them in ``tumor`` as tumor."""
    array = np.zeros(grid.shape, np.uint8)
    array[tuple(np.transpose(list(voxels)))] = 1
    if tumor := list(tumor):
        array[tuple(np.transpose(tumor))] = 2
    return Volume(array, grid)


def small_labels(grid: Grid = GRID) -> Volume:
    """Return the label map of the small scan."""
    return labels_at(ORGAN, TUMOR, grid)


def small_scan(scene: slicer.vtkMRMLScene, grid: Grid = GRID) -> slicer.vtkMRMLScalarVolumeNode:
    """Add the small scan; every voxel has another value."""
    array = np.arange(np.prod(grid.size), dtype=np.int16).reshape(grid.shape)
    return add_volume_node(scene, Volume(array, grid), "CT")


def arranged(order: tuple[int, int, int], signs: tuple[float, float, float], turn: np.ndarray) -> Grid:
    """Return a grid whose voxel axes follow the patient's in this order and these directions, then turned."""
    return replace(GRID, direction=tuple((turn @ np.eye(3)[:, order] * np.asarray(signs)).ravel()))


def turned(degrees: float, axis: tuple[float, float, float] = (1.0, 2.0, 3.0)) -> np.ndarray:
    """Return the rotation about an axis (3 x 3)."""
    transform = vtk.vtkTransform()
    transform.RotateWXYZ(degrees, *axis)
    matrix = transform.GetMatrix()
    return np.array([[matrix.GetElement(row, column) for column in range(3)] for row in range(3)])


def linear_transform(
    scene: slicer.vtkMRMLScene, degrees: float, shift: tuple[float, float, float]
) -> slicer.vtkMRMLNode:
    """Add a transform that turns and moves."""
    matrix = np.eye(4)
    matrix[:3, :3] = turned(degrees)
    matrix[:3, 3] = shift
    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", f"turned by {degrees}")
    node.SetMatrixTransformToParent(to_vtk(matrix))
    return node


def bending_transform(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLNode:
    """Add a transform that no matrix describes."""
    spline = vtk.vtkThinPlateSplineTransform()
    corners = vtk.vtkPoints()
    moved = vtk.vtkPoints()
    for corner in itertools.product((-100.0, 100.0), (-100.0, 100.0), (900.0, 1100.0)):
        corners.InsertNextPoint(corner)
        moved.InsertNextPoint(corner[0] * 1.1, corner[1], corner[2] + corner[0] * corner[1] / 1000)
    spline.SetSourceLandmarks(corners)
    spline.SetTargetLandmarks(moved)
    spline.SetBasisToR()
    node = scene.AddNewNodeByClass("vtkMRMLTransformNode", "bent")
    node.SetAndObserveTransformToParent(spline)
    return node


def voxels_of(node: slicer.vtkMRMLSegmentationNode, segment_id: str) -> set[tuple[int, int, int]]:
    """Return the voxels (k, j, i) of a segment, in indices of the scan it was written for."""
    mask = mask_of_segment(node, segment_id)
    return {tuple(int(index) for index in voxel + mask.box.start) for voxel in np.argwhere(mask.array)}


def points_of(node: slicer.vtkMRMLSegmentationNode, segment_id: str) -> np.ndarray:
    """Return where the voxels of a segment lie in the world (RAS mm), sorted."""
    mask = mask_of_segment(node, segment_id)
    own = [(mask.index_to_ras @ [*(voxel + mask.box.start)[::-1], 1.0])[:3] for voxel in np.argwhere(mask.array)]
    return in_world(node, own)


def points_of_voxels(
    node: slicer.vtkMRMLScalarVolumeNode, voxels: Iterable[tuple[int, int, int]], grid: Grid
) -> np.ndarray:
    """Return where voxels (k, j, i) of a scan lie in the world (RAS mm), sorted."""
    return in_world(node, [(grid.index_to_ras @ [*voxel[::-1], 1.0])[:3] for voxel in voxels])


def in_world(node: slicer.vtkMRMLTransformableNode, points: Iterable[np.ndarray]) -> np.ndarray:
    """Return points of a node's own space in the world, sorted."""
    world = []
    for point in points:
        moved = [0.0, 0.0, 0.0]
        node.TransformPointToWorld(point, moved)
        world.append(moved)
    return np.array(sorted(np.round(world, 6).tolist()))
