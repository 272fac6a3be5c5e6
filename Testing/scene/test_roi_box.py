"""A region of interest becomes a box of voxels, however it is turned and moved."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import slicer
import vtk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.box import Box
from LightMSegmentationLib.scene.matrix import from_vtk, to_vtk
from LightMSegmentationLib.scene.roi_box import box_of_roi

from Testing.scene.small_scans import (
    ARRANGEMENTS,
    GRID,
    arranged,
    bending_transform,
    linear_transform,
    small_scan,
    turned,
)

MIDDLE = (GRID.index_to_ras @ (2, 1, 1, 1))[:3]


def region(scene: slicer.vtkMRMLScene, center: tuple, size: tuple) -> slicer.vtkMRMLMarkupsROINode:
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "around the liver")
    node.SetCenter(center)
    node.SetSize(size)
    return node


def test_a_region_of_one_voxel_is_one_voxel(scene: slicer.vtkMRMLScene) -> None:
    assert box_of_roi(region(scene, MIDDLE, GRID.spacing), small_scan(scene)) == Box((1, 1, 2), (2, 2, 3))


def test_faces_through_voxel_centers_include_them(scene: slicer.vtkMRMLScene) -> None:
    size = tuple(2 * step for step in GRID.spacing)
    assert box_of_roi(region(scene, MIDDLE, size), small_scan(scene)) == Box((0, 0, 1), (3, 3, 4))


def test_a_region_may_reach_beyond_the_volume(scene: slicer.vtkMRMLScene) -> None:
    box = box_of_roi(region(scene, MIDDLE, (100.0, 100.0, 100.0)), small_scan(scene))
    assert min(box.start) < 0
    assert all(stop > extent for stop, extent in zip(box.stop, GRID.shape, strict=True))


@pytest.mark.parametrize("size", [(0.0, 10.0, 10.0), (0.01, 10.0, 10.0)])
def test_a_region_without_voxels_is_refused(scene: slicer.vtkMRMLScene, size: tuple) -> None:
    between = np.add(MIDDLE, (0.3, 0.0, 0.0))
    with pytest.raises(UnusableInputError, match="'around the liver' holds no voxel"):
        box_of_roi(region(scene, tuple(between), size), small_scan(scene))


def test_a_region_and_a_scan_under_the_same_transform_stay_together(scene: slicer.vtkMRMLScene) -> None:
    scan, roi = small_scan(scene), region(scene, MIDDLE, GRID.spacing)
    for node in (scan, roi):
        node.SetAndObserveTransformNodeID(bending_transform(scene).GetID())
    assert box_of_roi(roi, scan) == Box((1, 1, 2), (2, 2, 3))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arrangement=st.sampled_from(ARRANGEMENTS),
    oblique=st.floats(-40, 40),
    turn=st.floats(-180, 180),
    size=st.tuples(*[st.floats(0.1, 4.0)] * 3),
    transforms=st.tuples(*[st.floats(-180, 180)] * 2),
)
def test_the_box_is_the_smallest_that_holds_the_region(
    scene: slicer.vtkMRMLScene, arrangement: tuple, oblique: float, turn: float, size: tuple, transforms: tuple
) -> None:
    scan = small_scan(scene, arranged(*arrangement, turned(oblique)))
    scan.SetAndObserveTransformNodeID(linear_transform(scene, transforms[0], (5, 6, 7)).GetID())
    roi = region(scene, (1.0, -2.0, 3.0), size)
    own = np.eye(4)
    own[:3, :3] = turned(turn, (0.0, 1.0, 1.0))
    roi.SetAndObserveObjectToNodeMatrix(to_vtk(own))
    roi.SetAndObserveTransformNodeID(linear_transform(scene, transforms[1], (-9, 0, 4)).GetID())
    corners = np.array([[*(np.asarray(sign) * size / 2), 1.0] for sign in itertools.product((-1, 1), repeat=3)])
    world = corners @ from_vtk(roi.GetObjectToWorldMatrix()).T
    to_world = vtk.vtkMatrix4x4()
    scan.GetParentTransformNode().GetMatrixTransformToWorld(to_world)
    grid = arranged(*arrangement, turned(oblique))
    indices = (world @ np.linalg.inv(from_vtk(to_world) @ grid.index_to_ras).T)[:, :3]
    low, high = np.ceil(indices.min(axis=0) - 1e-6), np.floor(indices.max(axis=0) + 1e-6) + 1
    if (low >= high).any():
        with pytest.raises(UnusableInputError):
            box_of_roi(roi, scan)
        return
    box = box_of_roi(roi, scan)
    assert box.start[::-1] == tuple(low)
    assert box.stop[::-1] == tuple(high)
