"""Surfaces, undo and failures: a run changes everything that it should, or nothing."""

from __future__ import annotations

import pytest
import slicer
import vtk
from LightMSegmentationLib.imaging.mask import Mask
from LightMSegmentationLib.scene.labelmap import CLOSED_SURFACE
from LightMSegmentationLib.scene.segment_changes import SegmentChanges
from LightMSegmentationLib.scene.segments import (
    TUMOR_ROLE,
    edited_segments,
    write_segments,
)

from Testing.scene.drawn_segments import (
    EVERYTHING,
    SPLEEN,
    draw,
    ids,
    segment,
    state,
    surface_points,
)
from Testing.scene.small_scans import (
    GRID,
    ORGAN,
    TODAY,
    TUMOR,
    labels_at,
    small_labels,
    voxels_of,
)

# In 3D


def test_new_segments_have_a_surface_where_the_others_have_one(
    scan: slicer.vtkMRMLScalarVolumeNode, with_spleen: slicer.vtkMRMLSegmentationNode
) -> None:
    with_spleen.CreateClosedSurfaceRepresentation()
    before = surface_points(with_spleen, "spleen")
    write_segments(with_spleen, scan, small_labels(), TODAY)
    assert surface_points(with_spleen, "liver") > 0
    assert surface_points(with_spleen, "spleen") == before > 0


def test_replaced_segments_get_the_surface_of_their_new_voxels(
    scan: slicer.vtkMRMLScalarVolumeNode, written: slicer.vtkMRMLSegmentationNode
) -> None:
    written.CreateClosedSurfaceRepresentation()
    write_segments(written, scan, labels_at(EVERYTHING, {(0, 0, 0)}), TODAY)
    bounds = segment(written, "liver").GetRepresentation(CLOSED_SURFACE).GetBounds()
    assert bounds[1] - bounds[0] > 2.5
    assert surface_points(written, "liver_tumor") > 0


def test_an_emptied_segment_has_no_surface_left(
    scan: slicer.vtkMRMLScalarVolumeNode, written: slicer.vtkMRMLSegmentationNode
) -> None:
    written.CreateClosedSurfaceRepresentation()
    liver = surface_points(written, "liver")
    write_segments(written, scan, labels_at(ORGAN, ()), TODAY)
    assert surface_points(written, "liver_tumor") == 0
    assert surface_points(written, "liver") == liver > 0
    write_segments(written, scan, small_labels(), TODAY)
    assert surface_points(written, "liver_tumor") > 0


def test_an_empty_new_segment_joins_segments_with_surfaces(
    scan: slicer.vtkMRMLScalarVolumeNode, with_spleen: slicer.vtkMRMLSegmentationNode
) -> None:
    with_spleen.CreateClosedSurfaceRepresentation()
    write_segments(with_spleen, scan, labels_at(ORGAN, ()), TODAY)
    assert surface_points(with_spleen, "liver_tumor") == 0
    assert surface_points(with_spleen, "liver") > 0


def test_without_surfaces_none_are_made(written: slicer.vtkMRMLSegmentationNode) -> None:
    assert not written.GetSegmentation().ContainsRepresentation(CLOSED_SURFACE)


# Undo, and failures


def test_the_call_before_writing_sees_the_segmentation_as_it_was(
    scan: slicer.vtkMRMLScalarVolumeNode, with_spleen: slicer.vtkMRMLSegmentationNode
) -> None:
    before, seen = state(with_spleen), []
    write_segments(with_spleen, scan, small_labels(), TODAY, lambda node: seen.append(state(node)))
    assert seen == [before]


def test_the_call_before_writing_gets_a_new_segmentation_that_is_empty_and_in_place(
    scan: slicer.vtkMRMLScalarVolumeNode,
) -> None:
    seen = []
    node = write_segments(None, scan, small_labels(), TODAY, lambda new: seen.append((new, state(new))))
    assert seen == [(node, {"transform": None, "reference": scan.GetID(), "segments": {}})]


def test_one_undo_brings_back_what_was_before(
    scan: slicer.vtkMRMLScalarVolumeNode, with_spleen: slicer.vtkMRMLSegmentationNode
) -> None:
    history = slicer.vtkSegmentationHistory()
    history.SetSegmentation(with_spleen.GetSegmentation())
    write_segments(with_spleen, scan, small_labels(), TODAY, lambda _node: history.SaveState())
    history.RestorePreviousState()
    assert ids(with_spleen) == ["spleen"]
    assert voxels_of(with_spleen, "spleen") == SPLEEN
    history.RestoreNextState()
    assert voxels_of(with_spleen, "liver") == ORGAN


def test_one_undo_of_a_second_run_brings_back_the_first(
    scan: slicer.vtkMRMLScalarVolumeNode, written: slicer.vtkMRMLSegmentationNode
) -> None:
    history = slicer.vtkSegmentationHistory()
    history.SetSegmentation(written.GetSegmentation())
    write_segments(written, scan, labels_at(SPLEEN, ()), TODAY, lambda _node: history.SaveState())
    history.RestorePreviousState()
    assert (voxels_of(written, "liver"), voxels_of(written, "liver_tumor")) == (ORGAN, TUMOR)
    assert edited_segments(written) == ()


class FullDiskError(Exception):
    """Stands for whatever may go wrong."""


def fail(*_: object) -> None:
    raise FullDiskError


def test_when_the_call_before_writing_fails_nothing_changes(
    scene: slicer.vtkMRMLScene, scan: slicer.vtkMRMLScalarVolumeNode, with_spleen: slicer.vtkMRMLSegmentationNode
) -> None:
    before = state(with_spleen)
    for target in (with_spleen, None):
        with pytest.raises(FullDiskError):
            write_segments(target, scan, small_labels(), TODAY, fail)
    assert state(with_spleen) == before
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1


@pytest.mark.parametrize("steps_done", range(3))
def test_a_failure_halfway_leaves_the_segmentation_as_it_was(
    written: slicer.vtkMRMLSegmentationNode, steps_done: int
) -> None:
    draw(written, "spleen", SPLEEN)
    written.CreateClosedSurfaceRepresentation()
    before = state(written)
    mask = Mask.of(small_labels().array == 0, GRID.index_to_ras)
    steps = (
        lambda changes: changes.add(TUMOR_ROLE, mask),
        lambda changes: changes.replace("liver", mask),
        lambda changes: changes.set_tags("liver", {"LightMUNet.Role": "x", "LightMUNet.Date": "", "new": "y"}),
    )
    with pytest.raises(FullDiskError), SegmentChanges(written) as changes:  # noqa: PT012 - the failure is the point
        for step in steps[: steps_done + 1]:
            step(changes)
        fail()
    assert state(written) == before
    assert not segment(written, "liver").HasTag("new")


def test_observers_hear_of_the_change(
    scan: slicer.vtkMRMLScalarVolumeNode, written: slicer.vtkMRMLSegmentationNode
) -> None:
    heard = []
    segmentation = written.GetSegmentation()
    segmentation.AddObserver(segmentation.SourceRepresentationModified, lambda *_: heard.append("voxels"))
    segmentation.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: heard.append("segmentation"))
    write_segments(written, scan, labels_at(SPLEEN, ()), TODAY)
    assert "voxels" in heard
