"""A mask lands on the RAS points of its voxels, however scan, segmentation and transforms are turned."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from LightMSegmentationLib.scene.segments import edited_segments, write_segments

from Testing.scene.small_scans import (
    ARRANGEMENTS,
    ORGAN,
    TODAY,
    TUMOR,
    arranged,
    bending_transform,
    linear_transform,
    points_of,
    points_of_voxels,
    small_labels,
    small_scan,
    turned,
)

DEGREES = st.floats(-180, 180)
SHIFT = st.tuples(*[st.floats(-300, 300)] * 3)


@pytest.mark.parametrize(("order", "signs"), ARRANGEMENTS)
def test_in_each_of_48_orientations_oblique_and_under_a_transform(
    scene: slicer.vtkMRMLScene, order: tuple, signs: tuple
) -> None:
    grid = arranged(order, signs, turned(17))
    scan = small_scan(scene, grid)
    scan.SetAndObserveTransformNodeID(linear_transform(scene, -35, (40, -50, 60)).GetID())
    node = write_segments(None, scan, small_labels(grid), TODAY)
    np.testing.assert_allclose(points_of(node, "liver"), points_of_voxels(scan, ORGAN, grid), atol=1e-5)
    np.testing.assert_allclose(points_of(node, "liver_tumor"), points_of_voxels(scan, TUMOR, grid), atol=1e-5)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arrangement=st.sampled_from(ARRANGEMENTS),
    oblique=DEGREES,
    of_scan=st.none() | st.tuples(DEGREES, SHIFT),
    of_segmentation=st.none() | st.tuples(DEGREES, SHIFT),
)
def test_in_a_segmentation_with_segments_under_another_transform(
    scene: slicer.vtkMRMLScene,
    arrangement: tuple,
    oblique: float,
    of_scan: tuple | None,
    of_segmentation: tuple | None,
) -> None:
    grid = arranged(*arrangement, turned(oblique))
    scan = small_scan(scene, grid)
    target = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "target")
    target.GetSegmentation().AddEmptySegment("spleen", "spleen")
    for node, transform in ((scan, of_scan), (target, of_segmentation)):
        if transform is not None:
            node.SetAndObserveTransformNodeID(linear_transform(scene, *transform).GetID())
    before = target.GetTransformNodeID()
    write_segments(target, scan, small_labels(grid), TODAY)
    assert target.GetTransformNodeID() == before
    np.testing.assert_allclose(points_of(target, "liver"), points_of_voxels(scan, ORGAN, grid), atol=1e-4)
    assert edited_segments(target) == ()


def test_under_a_transform_that_bends_both(scene: slicer.vtkMRMLScene) -> None:
    grid = arranged((2, 0, 1), (1.0, -1.0, 1.0), turned(12))
    scan = small_scan(scene, grid)
    scan.SetAndObserveTransformNodeID(bending_transform(scene).GetID())
    node = write_segments(None, scan, small_labels(grid), TODAY)
    np.testing.assert_allclose(points_of(node, "liver"), points_of_voxels(scan, ORGAN, grid), atol=1e-5)
