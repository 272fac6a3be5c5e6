"""Volume nodes and volumes: the same voxels at the same places."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import vtk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.scene.volume_node import add_volume_node, grid_of_node, volume_of_node, world_position

from Testing.scene.small_scans import ARRANGEMENTS, GRID, arranged, linear_transform, small_scan, turned


def test_voxels_keep_their_order_k_j_i(scene: slicer.vtkMRMLScene) -> None:
    volume = volume_of_node(small_scan(scene))
    assert volume.array.shape == (3, 4, 5)
    assert volume.array[2, 1, 3] == 2 * 20 + 1 * 5 + 3


def test_voxels_keep_their_type(scene: slicer.vtkMRMLScene) -> None:
    assert volume_of_node(small_scan(scene)).array.dtype == np.int16


def test_the_array_of_a_node_is_its_own_memory(scene: slicer.vtkMRMLScene) -> None:
    node = small_scan(scene)
    volume_of_node(node).array[0, 0, 0] = 77
    assert node.GetImageData().GetScalarComponentAsDouble(0, 0, 0, 0) == 77


def test_a_new_node_does_not_share_memory_with_the_volume(scene: slicer.vtkMRMLScene) -> None:
    volume = Volume(np.zeros(GRID.shape, np.int16), GRID)
    node = add_volume_node(scene, volume, "CT")
    volume.array[:] = 5
    assert volume_of_node(node).array.max() == 0


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrangement=st.sampled_from(ARRANGEMENTS), degrees=st.floats(-180, 180))
def test_every_grid_comes_back(scene: slicer.vtkMRMLScene, arrangement: tuple, degrees: float) -> None:
    grid = arranged(*arrangement, turned(degrees))
    back = grid_of_node(small_scan(scene, grid))
    assert back.size == grid.size
    np.testing.assert_allclose(back.index_to_lps, grid.index_to_lps, atol=1e-9)


def test_the_parent_transform_is_left_out(scene: slicer.vtkMRMLScene) -> None:
    node = small_scan(scene)
    node.SetAndObserveTransformNodeID(linear_transform(scene, 30, (10, 20, 30)).GetID())
    np.testing.assert_allclose(grid_of_node(node).index_to_lps, GRID.index_to_lps)


def test_a_position_in_the_world_has_the_parent_transform_applied(scene: slicer.vtkMRMLScene) -> None:
    node = small_scan(scene)
    assert world_position(node, (1.0, 2.0, 3.0)) == (1.0, 2.0, 3.0)
    node.SetAndObserveTransformNodeID(linear_transform(scene, 0, (10, 20, 30)).GetID())
    assert world_position(node, (1.0, 2.0, 3.0)) == (11.0, 22.0, 33.0)


def test_a_node_without_voxels_is_refused(scene: slicer.vtkMRMLScene) -> None:
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "nothing")
    with pytest.raises(UnusableInputError, match="'nothing' has no voxels"):
        volume_of_node(node)


def test_a_color_image_is_refused(scene: slicer.vtkMRMLScene) -> None:
    image = vtk.vtkImageData()
    image.SetDimensions(2, 2, 2)
    image.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 3)
    node = scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "photo")
    node.SetAndObserveImageData(image)
    with pytest.raises(UnusableInputError, match="'photo' has 3 values per voxel"):
        volume_of_node(node)
