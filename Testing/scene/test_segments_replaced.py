"""A run into a segmentation that has segments already: what stays, what is replaced, what was edited."""

from __future__ import annotations

import pytest
import slicer
from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.provenance import Provenance
from LightMSegmentationLib.scene.segment_changes import tag_of
from LightMSegmentationLib.scene.segments import (
    LIVER_ROLE,
    TUMOR_ROLE,
    edited_segments,
    segment_id,
    write_segments,
)

from Testing.scene.drawn_segments import (
    EVERYTHING,
    SPLEEN,
    draw,
    ids,
    reference_geometry,
    segment,
)
from Testing.scene.small_scans import (
    ORGAN,
    TODAY,
    TUMOR,
    arranged,
    labels_at,
    small_labels,
    small_scan,
    turned,
    voxels_of,
)

# Beside other segments


def test_other_segments_are_left_alone(
    scan: slicer.vtkMRMLScalarVolumeNode, with_spleen: slicer.vtkMRMLSegmentationNode
) -> None:
    write_segments(with_spleen, scan, small_labels(), TODAY)
    assert ids(with_spleen) == ["spleen", "liver", "liver_tumor"]
    assert voxels_of(with_spleen, "spleen") == SPLEEN


def test_a_segment_of_the_user_that_is_called_liver_is_not_ours(
    scan: slicer.vtkMRMLScalarVolumeNode, with_spleen: slicer.vtkMRMLSegmentationNode
) -> None:
    draw(with_spleen, "liver", SPLEEN)
    write_segments(with_spleen, scan, small_labels(), TODAY)
    assert voxels_of(with_spleen, "liver") == SPLEEN
    assert segment_id(with_spleen, LIVER_ROLE) == "liver_1"
    assert voxels_of(with_spleen, "liver_1") == ORGAN


def test_a_segmentation_kept_as_surfaces_is_refused(
    scan: slicer.vtkMRMLScalarVolumeNode, with_spleen: slicer.vtkMRMLSegmentationNode
) -> None:
    with_spleen.CreateClosedSurfaceRepresentation()
    with_spleen.SetSourceRepresentationToClosedSurface()
    with pytest.raises(UsageError, match="keeps its segments as closed surface"):
        write_segments(with_spleen, scan, small_labels(), TODAY)
    assert ids(with_spleen) == ["spleen"]


def test_the_reference_volume_of_the_user_stays(
    scene: slicer.vtkMRMLScene, with_spleen: slicer.vtkMRMLSegmentationNode
) -> None:
    scan, other = small_scan(scene), small_scan(scene)
    role = with_spleen.GetReferenceImageGeometryReferenceRole()
    with_spleen.SetNodeReferenceID(role, other.GetID())
    write_segments(with_spleen, scan, small_labels(), TODAY)
    assert with_spleen.GetNodeReference(role) == other


def test_a_reference_geometry_from_a_file_stays(
    scene: slicer.vtkMRMLScene, with_spleen: slicer.vtkMRMLSegmentationNode
) -> None:
    elsewhere = small_scan(scene, arranged((2, 0, 1), (1.0, -1.0, 1.0), turned(30)))
    with_spleen.SetReferenceImageGeometryParameterFromVolumeNode(elsewhere)
    before = reference_geometry(with_spleen)
    with_spleen.SetNodeReferenceID(with_spleen.GetReferenceImageGeometryReferenceRole(), None)
    scan = small_scan(scene)
    write_segments(with_spleen, scan, small_labels(), TODAY)
    assert reference_geometry(with_spleen) == before
    assert with_spleen.GetNodeReference(with_spleen.GetReferenceImageGeometryReferenceRole()) == scan


# A second run


def test_a_second_run_replaces_the_voxels(
    scan: slicer.vtkMRMLScalarVolumeNode, written: slicer.vtkMRMLSegmentationNode
) -> None:
    write_segments(written, scan, labels_at(SPLEEN, {(0, 0, 1)}), TODAY)
    assert ids(written) == ["liver", "liver_tumor"]
    assert voxels_of(written, "liver") == SPLEEN
    assert voxels_of(written, "liver_tumor") == {(0, 0, 1)}


def test_a_second_run_without_tumor_empties_its_segment(
    scan: slicer.vtkMRMLScalarVolumeNode, written: slicer.vtkMRMLSegmentationNode
) -> None:
    write_segments(written, scan, labels_at(ORGAN, ()), TODAY)
    assert voxels_of(written, "liver_tumor") == set()
    assert voxels_of(written, "liver") == ORGAN


def test_a_second_run_keeps_name_color_display_and_place_in_the_list(
    scan: slicer.vtkMRMLScalarVolumeNode, written: slicer.vtkMRMLSegmentationNode
) -> None:
    draw(written, "spleen", SPLEEN)
    segment(written, "liver").SetName("Leber")
    segment(written, "liver").SetColor(0, 0, 1)
    written.GetDisplayNode().SetSegmentOpacity3D("liver", 0.25)
    write_segments(written, scan, labels_at(SPLEEN, ()), TODAY)
    assert ids(written) == ["liver", "liver_tumor", "spleen"]
    assert segment(written, "liver").GetName() == "Leber"
    assert segment(written, "liver").GetColor() == (0, 0, 1)
    assert written.GetDisplayNode().GetSegmentOpacity3D("liver") == 0.25


def test_a_second_run_writes_its_own_tags(
    scan: slicer.vtkMRMLScalarVolumeNode, written: slicer.vtkMRMLSegmentationNode
) -> None:
    write_segments(written, scan, small_labels(), Provenance("liver-tumor", "0.2", "2026-12-24"))
    assert tag_of(segment(written, "liver"), "LightMUNet.ModelVersion") == "0.2"


def test_segments_that_share_a_layer_with_another_are_replaced_without_touching_it(
    scan: slicer.vtkMRMLScalarVolumeNode,
) -> None:
    node = write_segments(None, scan, labels_at({(2, 3, 4)}, ()), TODAY)
    draw(node, "spleen", SPLEEN)
    node.GetSegmentation().CollapseBinaryLabelmaps(False)
    assert node.GetSegmentation().GetNumberOfLayers() == 1
    write_segments(node, scan, labels_at(EVERYTHING, {(0, 0, 0)}), TODAY)
    assert voxels_of(node, "liver") == EVERYTHING
    assert voxels_of(node, "liver_tumor") == {(0, 0, 0)}
    assert voxels_of(node, "spleen") == SPLEEN


def test_a_renamed_segment_of_ours_is_found_by_its_tag(written: slicer.vtkMRMLSegmentationNode) -> None:
    segment(written, "liver").SetName("spleen")
    assert segment_id(written, LIVER_ROLE) == "liver"
    assert segment_id(written, TUMOR_ROLE) == "liver_tumor"


def test_where_we_wrote_nothing_nothing_is_ours(with_spleen: slicer.vtkMRMLSegmentationNode) -> None:
    assert segment_id(with_spleen, LIVER_ROLE) is None
    assert edited_segments(with_spleen) == ()


# Edited by hand


def test_what_a_run_wrote_is_not_edited(written: slicer.vtkMRMLSegmentationNode) -> None:
    assert edited_segments(written) == ()


@pytest.mark.parametrize("voxels", [ORGAN | {(2, 3, 4)}, ORGAN - {(0, 1, 1)}, SPLEEN])
def test_a_segment_with_other_voxels_is_edited(
    written: slicer.vtkMRMLSegmentationNode, voxels: set[tuple[int, int, int]]
) -> None:
    draw(written, "liver", voxels)
    assert edited_segments(written) == ("liver",)


def test_the_same_shape_elsewhere_is_edited(written: slicer.vtkMRMLSegmentationNode) -> None:
    draw(written, "liver_tumor", {(k, j, i + 1) for k, j, i in TUMOR})
    assert edited_segments(written) == ("liver tumor",)


def test_an_emptied_segment_is_edited(written: slicer.vtkMRMLSegmentationNode) -> None:
    written.GetSegmentation().ClearSegment("liver_tumor")
    assert edited_segments(written) == ("liver tumor",)


def test_an_edited_segment_is_named_as_it_is_shown(written: slicer.vtkMRMLSegmentationNode) -> None:
    segment(written, "liver").SetName("Leber")
    draw(written, "liver", SPLEEN)
    assert edited_segments(written) == ("Leber",)


def test_name_color_layers_and_surfaces_are_no_edits(written: slicer.vtkMRMLSegmentationNode) -> None:
    segment(written, "liver").SetName("Leber")
    segment(written, "liver").SetColor(1, 0, 0)
    draw(written, "spleen", {(2, 3, 4)})
    written.GetSegmentation().CollapseBinaryLabelmaps(False)
    written.CreateClosedSurfaceRepresentation()
    assert edited_segments(written) == ()
