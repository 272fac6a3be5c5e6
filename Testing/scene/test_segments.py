"""Liver and tumor in a segmentation: what is written, what stays, what can be taken back."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import vtk
from LightMSegmentationLib.errors import UnusableInputError, UsageError
from LightMSegmentationLib.provenance import Provenance
from LightMSegmentationLib.resources import resource_path
from LightMSegmentationLib.scene.labelmap import CLOSED_SURFACE, Mask, to_labelmap
from LightMSegmentationLib.scene.segment_changes import SegmentChanges, tag_of
from LightMSegmentationLib.scene.segments import (
    LIVER_ROLE,
    TUMOR_ROLE,
    LiverExtent,
    edited_segments,
    segment_id,
    write_segments,
)

from Testing.scene.small_scans import (
    GRID,
    ORGAN,
    TODAY,
    TUMOR,
    arranged,
    bending_transform,
    labels_at,
    linear_transform,
    small_labels,
    small_scan,
    turned,
    voxels_of,
)

SPLEEN = {(0, 0, 0), (0, 0, 1), (0, 1, 1)}
EVERYTHING = {(k, j, i) for k in range(3) for j in range(4) for i in range(5)}


@pytest.fixture
def scan(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLScalarVolumeNode:
    return small_scan(scene)


@pytest.fixture
def written(scan: slicer.vtkMRMLScalarVolumeNode) -> slicer.vtkMRMLSegmentationNode:
    return write_segments(None, scan, small_labels(), TODAY)


@pytest.fixture
def with_spleen(scene: slicer.vtkMRMLScene) -> slicer.vtkMRMLSegmentationNode:
    """Return a segmentation of the user's own, with one segment and without a reference volume."""
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "mine")
    node.CreateDefaultDisplayNodes()
    draw(node, "spleen", SPLEEN)
    return node


def draw(node: slicer.vtkMRMLSegmentationNode, name: str, voxels: set[tuple[int, int, int]]) -> None:
    """Set the voxels of a segment as the Segment Editor does; add the segment when it is new."""
    if node.GetSegmentation().GetSegment(name) is None:
        node.GetSegmentation().AddEmptySegment(name, name)
    array = np.zeros(GRID.shape, bool)
    array[tuple(np.transpose(list(voxels)))] = True
    labelmap = to_labelmap(Mask.of(array, GRID.index_to_ras))
    assert slicer.vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(labelmap, node, name)


def ids(node: slicer.vtkMRMLSegmentationNode) -> list[str]:
    return list(node.GetSegmentation().GetSegmentIDs())


def segment(node: slicer.vtkMRMLSegmentationNode, identifier: str) -> slicer.vtkSegment:
    return node.GetSegmentation().GetSegment(identifier)


def surface_points(node: slicer.vtkMRMLSegmentationNode, identifier: str) -> int:
    surface = segment(node, identifier).GetRepresentation(CLOSED_SURFACE)
    return 0 if surface is None else surface.GetNumberOfPoints()


def state(node: slicer.vtkMRMLSegmentationNode) -> dict[str, object]:
    """Return everything about a segmentation that a failed run must leave as it was."""
    tags = ("LightMUNet.Role", "LightMUNet.Content", "LightMUNet.Date")
    return {
        "transform": node.GetTransformNodeID(),
        "reference": node.GetNodeReferenceID(node.GetReferenceImageGeometryReferenceRole()),
        "segments": {
            name: (
                segment(node, name).GetName(),
                segment(node, name).GetColor(),
                voxels_of(node, name),
                surface_points(node, name),
                [tag_of(segment(node, name), tag) for tag in tags],
            )
            for name in ids(node)
        },
    }


# What is written


def test_the_liver_includes_its_tumors(written: slicer.vtkMRMLSegmentationNode) -> None:
    assert voxels_of(written, "liver") == ORGAN
    assert voxels_of(written, "liver_tumor") == TUMOR


def test_overlapping_segments_are_in_two_layers(written: slicer.vtkMRMLSegmentationNode) -> None:
    assert written.GetSegmentation().GetNumberOfLayers() == 2


def test_the_parenchyma_can_be_asked_for_alone(scan: slicer.vtkMRMLScalarVolumeNode) -> None:
    node = write_segments(None, scan, small_labels(), TODAY, liver=LiverExtent.PARENCHYMA)
    assert voxels_of(node, "liver") == ORGAN - TUMOR
    assert voxels_of(node, "liver_tumor") == TUMOR


def test_names_and_colors_are_the_standard_ones(written: slicer.vtkMRMLSegmentationNode) -> None:
    shown = {name: (segment(written, name).GetName(), segment(written, name).GetColor()) for name in ids(written)}
    assert shown == {
        "liver": ("liver", pytest.approx((221 / 255, 130 / 255, 101 / 255))),
        "liver_tumor": ("liver tumor", pytest.approx((144 / 255, 238 / 255, 144 / 255))),
    }


def test_tags_say_what_made_the_segments(written: slicer.vtkMRMLSegmentationNode) -> None:
    tags = ("Role", "Model", "ModelVersion", "Date")
    assert [tag_of(segment(written, "liver_tumor"), f"LightMUNet.{tag}") for tag in tags] == [
        "liver_tumor",
        "liver-tumor",
        "0.1",
        "2026-11-21",
    ]


def test_tags_keep_no_character_that_separates_tags_in_a_file(scan: slicer.vtkMRMLScalarVolumeNode) -> None:
    node = write_segments(None, scan, small_labels(), Provenance("C:\\my|card.json", "1\n2"))
    assert tag_of(segment(node, "liver"), "LightMUNet.Model") == "C-\\my/card.json"
    assert tag_of(segment(node, "liver"), "LightMUNet.ModelVersion") == "1 2"


@pytest.mark.parametrize(
    ("role", "category", "type_", "region"),
    [
        (LIVER_ROLE, ("SCT", "123037004"), ("SCT", "10200004", "Liver"), None),
        (TUMOR_ROLE, ("SCT", "49755003"), ("SCT", "108369006", "Neoplasm"), ("SCT", "10200004", "Liver")),
    ],
)
def test_slicer_reads_the_terminology(
    written: slicer.vtkMRMLSegmentationNode,
    role: object,
    category: tuple[str, str],
    type_: tuple[str, str, str],
    region: tuple[str, str, str] | None,
) -> None:
    tag = segment(written, role.segment_id).GetTerminologyEntryTagName()
    entry = slicer.vtkSlicerTerminologyEntry()
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    assert logic.DeserializeTerminologyEntry(tag_of(segment(written, role.segment_id), tag), entry)
    assert code(entry.GetCategoryObject())[:2] == category
    assert code(entry.GetTypeObject()) == type_
    assert code(region_of(entry)) == (region or (None, None, None))


def region_of(entry: slicer.vtkSlicerTerminologyEntry) -> slicer.vtkCodedEntry:
    """Return the anatomic region; Slicer renamed it after 5.10."""
    return entry.GetRegionObject() if hasattr(entry, "GetRegionObject") else entry.GetAnatomicRegionObject()


def code(coded: slicer.vtkCodedEntry) -> tuple[str | None, str | None, str | None]:
    return coded.GetCodingSchemeDesignator(), coded.GetCodeValue(), coded.GetCodeMeaning()


def test_our_own_terms_load_into_slicer_with_codes_and_colors() -> None:
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    name = logic.LoadTerminologyFromFile(str(resource_path("SegmentationCategoryTypeModifier-LightMUNet.term.json")))
    assert name == "Segmentation category and type - LightMUNet"
    found = slicer.vtkSlicerTerminologyEntry()
    assert logic.FindTypeInTerminologyBy3dSlicerLabel(name, TUMOR_ROLE.name, found)
    assert code(found.GetTypeObject()) == ("SCT", "108369006", "Neoplasm")
    assert tuple(found.GetTypeObject().GetRecommendedDisplayRGBValue()) == (144, 238, 144)
    assert TUMOR_ROLE.terminology.startswith(f"{name}~")


def test_without_a_tumor_its_segment_is_there_to_draw_in(scan: slicer.vtkMRMLScalarVolumeNode) -> None:
    node = write_segments(None, scan, labels_at(ORGAN, ()), TODAY)
    assert ids(node) == ["liver", "liver_tumor"]
    assert voxels_of(node, "liver_tumor") == set()


def test_a_liver_that_fills_the_scan_is_written_whole(scan: slicer.vtkMRMLScalarVolumeNode) -> None:
    node = write_segments(None, scan, labels_at(EVERYTHING, ()), TODAY)
    assert voxels_of(node, "liver") == EVERYTHING


# Where it lies


def test_a_new_segmentation_is_named_after_its_scan_and_refers_to_it(
    scan: slicer.vtkMRMLScalarVolumeNode, written: slicer.vtkMRMLSegmentationNode
) -> None:
    assert written.GetName() == "CT segmentation"
    assert written.GetNodeReference(written.GetReferenceImageGeometryReferenceRole()) == scan
    assert written.GetDisplayNode() is not None


def reference_geometry(node: slicer.vtkMRMLSegmentationNode) -> str:
    name = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    return node.GetSegmentation().GetConversionParameter(name)


def test_the_reference_geometry_is_that_of_the_scan(written: slicer.vtkMRMLSegmentationNode) -> None:
    image = slicer.vtkOrientedImageData()
    slicer.vtkSegmentationConverter.DeserializeImageGeometry(reference_geometry(written), image, False)
    assert image.GetExtent() == (0, 4, 0, 3, 0, 2)
    assert image.GetSpacing() == pytest.approx(GRID.spacing)


def test_a_new_segmentation_is_in_the_study_of_its_scan(scene: slicer.vtkMRMLScene) -> None:
    scan = small_scan(scene)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "study")
    hierarchy.CreateItem(study, scan)
    node = write_segments(None, scan, small_labels(), TODAY)
    assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)) == study


def test_a_new_segmentation_is_under_the_transform_of_its_scan(scene: slicer.vtkMRMLScene) -> None:
    scan = small_scan(scene)
    scan.SetAndObserveTransformNodeID(bending_transform(scene).GetID())
    node = write_segments(None, scan, small_labels(), TODAY)
    assert node.GetTransformNodeID() == scan.GetTransformNodeID()


def test_an_empty_segmentation_moves_under_the_transform_of_the_scan(scene: slicer.vtkMRMLScene) -> None:
    scan = small_scan(scene)
    scan.SetAndObserveTransformNodeID(linear_transform(scene, 20, (1, 2, 3)).GetID())
    empty = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "empty")
    empty.SetAndObserveTransformNodeID(linear_transform(scene, -50, (4, 5, 6)).GetID())
    write_segments(empty, scan, small_labels(), TODAY)
    assert empty.GetTransformNodeID() == scan.GetTransformNodeID()


def test_under_another_transform_that_bends_nothing_is_written(
    scene: slicer.vtkMRMLScene, with_spleen: slicer.vtkMRMLSegmentationNode
) -> None:
    scan = small_scan(scene)
    with_spleen.SetAndObserveTransformNodeID(bending_transform(scene).GetID())
    with pytest.raises(UnusableInputError, match="under different transforms"):
        write_segments(with_spleen, scan, small_labels(), TODAY)
    assert ids(with_spleen) == ["spleen"]


def test_a_scan_that_was_moved_meanwhile_is_refused(
    scene: slicer.vtkMRMLScene, scan: slicer.vtkMRMLScalarVolumeNode
) -> None:
    scan.SetOrigin(0, 0, 0)
    with pytest.raises(UnusableInputError, match="geometry of 'CT' has changed"):
        write_segments(None, scan, small_labels(), TODAY)
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0


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
