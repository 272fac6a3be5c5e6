"""Liver and tumor in a segmentation: what is written, and where it lies."""

from __future__ import annotations

import pytest
import slicer
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.inference.class_roles import segments_of
from LightMSegmentationLib.provenance import Provenance
from LightMSegmentationLib.resources import resource_path
from LightMSegmentationLib.scene.segment_changes import tag_of
from LightMSegmentationLib.scene.segments import (
    LIVER_ROLE,
    TUMOR_ROLE,
    edited_segments,
    segment_id,
    write_segments,
)
from LightMSegmentationLib.segment_role import LIVER_AND_TUMOR, without_overlap

from Testing.scene.drawn_segments import (
    EVERYTHING,
    ids,
    reference_geometry,
    segment,
)
from Testing.scene.small_scans import (
    GRID,
    ORGAN,
    TODAY,
    TUMOR,
    bending_transform,
    labels_at,
    linear_transform,
    small_labels,
    small_scan,
    voxels_of,
)

# What is written


def test_the_liver_includes_its_tumors(written: slicer.vtkMRMLSegmentationNode) -> None:
    assert voxels_of(written, "liver") == ORGAN
    assert voxels_of(written, "liver_tumor") == TUMOR


def test_overlapping_segments_are_in_two_layers(written: slicer.vtkMRMLSegmentationNode) -> None:
    assert written.GetSegmentation().GetNumberOfLayers() == 2


def test_the_parenchyma_can_be_asked_for_alone(scan: slicer.vtkMRMLScalarVolumeNode) -> None:
    node = write_segments(None, scan, small_labels(), TODAY, segments=without_overlap(LIVER_AND_TUMOR))
    assert voxels_of(node, "liver") == ORGAN - TUMOR
    assert voxels_of(node, "liver_tumor") == TUMOR


def test_every_class_of_a_model_becomes_a_segment(scan: slicer.vtkMRMLScalarVolumeNode) -> None:
    organs = segments_of({"background": 0, "left kidney": 1, "mass": 2, "liver": 3})

    node = write_segments(None, scan, small_labels(), TODAY, segments=organs)

    assert ids(node) == ["left_kidney", "mass", "liver"]
    assert voxels_of(node, "left_kidney") == ORGAN - TUMOR
    assert voxels_of(node, "mass") == TUMOR
    assert not voxels_of(node, "liver")
    kidney, mass = (segment(node, identifier) for identifier in ("left_kidney", "mass"))
    assert (kidney.GetName(), mass.GetName()) == ("left kidney", "mass")
    assert "SCT^64033007^Kidney~SCT^7771000^Left" in tag_of(kidney, kidney.GetTerminologyEntryTagName())
    assert "^Tissue~" in tag_of(mass, mass.GetTerminologyEntryTagName()), "what Slicer says of a segment without codes"
    assert edited_segments(node, organs) == ()


def test_organs_come_beside_the_segments_of_another_model(written: slicer.vtkMRMLSegmentationNode, scan) -> None:
    organs = segments_of({"spleen": 1, "liver": 2})

    assert write_segments(written, scan, small_labels(), TODAY, segments=organs) is written

    assert ids(written) == ["liver", "liver_tumor", "spleen"]
    assert voxels_of(written, "liver") == TUMOR
    assert voxels_of(written, "spleen") == ORGAN - TUMOR
    assert segment_id(written, TUMOR_ROLE) == "liver_tumor"


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
