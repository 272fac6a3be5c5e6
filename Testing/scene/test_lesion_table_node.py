"""The lesion table in the scene."""

from __future__ import annotations

import math

import slicer
from LightMSegmentationLib.measurement.findings import Findings, Lesion
from LightMSegmentationLib.scene.lesion_table_node import write_lesion_table
from LightMSegmentationLib.scene.segments import write_segments

from Testing.scene.small_scans import TODAY, linear_transform, small_labels, small_scan

LARGE, SMALL = Lesion(1, 24.0, 41.25, (-50.0, 12.0, 3.5), 0.875), Lesion(2, 6.0, 9.0, (1.0, 2.0, 3.0), 0.25)
TWO_LESIONS = Findings(1500.0, 30.0, 2.0, (LARGE, SMALL))


NUMBERS = 8


def cells(table: slicer.vtkMRMLTableNode) -> list[list[float]]:
    values = table.GetTable()
    return [
        [values.GetValue(row, column).ToDouble() for column in range(NUMBERS)]
        for row in range(values.GetNumberOfRows())
    ]


def test_the_table_has_a_row_for_each_lesion(scene: slicer.vtkMRMLScene) -> None:
    scan = small_scan(scene)
    table = write_lesion_table(TWO_LESIONS, scan, write_segments(None, scan, small_labels(), TODAY))
    assert cells(table) == [[1, 24.0, 1.6, 41.25, -50.0, 12.0, 3.5, 0.875], [2, 6.0, 0.4, 9.0, 1.0, 2.0, 3.0, 0.25]]
    assert [table.GetCellText(row, NUMBERS) for row in range(2)] == ["", "low confidence"]
    assert table.GetName() == "CT liver lesions"


def test_columns_have_names_and_units(scene: slicer.vtkMRMLScene) -> None:
    scan = small_scan(scene)
    table = write_lesion_table(TWO_LESIONS, scan, write_segments(None, scan, small_labels(), TODAY))
    names = [table.GetColumnName(number) for number in range(table.GetNumberOfColumns())]
    assert [(name, table.GetColumnUnitLabel(name)) for name in names] == [
        ("Lesion", ""),
        ("Volume", "mL"),
        ("Share of liver", "%"),
        ("Largest axial diameter", "mm"),
        ("R", "mm"),
        ("A", "mm"),
        ("S", "mm"),
        ("Confidence", ""),
        ("Remark", ""),
    ]


def test_centers_are_where_the_slice_views_show_them(scene: slicer.vtkMRMLScene) -> None:
    scan = small_scan(scene)
    scan.SetAndObserveTransformNodeID(linear_transform(scene, 0, (100, 0, 0)).GetID())
    table = write_lesion_table(TWO_LESIONS, scan, write_segments(None, scan, small_labels(), TODAY))
    assert [row[4] for row in cells(table)] == [50.0, 101.0]


def test_a_confidence_that_nobody_knows_is_not_a_number(scene: slicer.vtkMRMLScene) -> None:
    scan = small_scan(scene)
    drawn = Findings(1500.0, 24.0, 1.6, (Lesion(1, 24.0, 41.25, (0.0, 0.0, 0.0)),))
    table = write_lesion_table(drawn, scan, write_segments(None, scan, small_labels(), TODAY))
    assert math.isnan(cells(table)[0][-1])


def test_a_second_run_writes_into_the_same_table(scene: slicer.vtkMRMLScene) -> None:
    scan = small_scan(scene)
    node = write_segments(None, scan, small_labels(), TODAY)
    first = write_lesion_table(TWO_LESIONS, scan, node)
    second = write_lesion_table(Findings(1500.0, 24.0, 1.6, (LARGE,)), scan, node)
    assert second == first
    assert len(cells(second)) == 1
    assert scene.GetNumberOfNodesByClass("vtkMRMLTableNode") == 1


def test_without_lesions_the_table_has_only_its_columns(scene: slicer.vtkMRMLScene) -> None:
    scan = small_scan(scene)
    node = write_segments(None, scan, small_labels(), TODAY)
    table = write_lesion_table(Findings(1500.0, 0.0, 0.0, ()), scan, node)
    assert (table.GetNumberOfRows(), table.GetNumberOfColumns()) == (0, 9)


def test_the_table_is_in_the_study_of_the_scan(scene: slicer.vtkMRMLScene) -> None:
    scan = small_scan(scene)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "study")
    hierarchy.CreateItem(study, scan)
    table = write_lesion_table(TWO_LESIONS, scan, write_segments(None, scan, small_labels(), TODAY))
    assert hierarchy.GetItemParent(hierarchy.GetItemByDataNode(table)) == study
