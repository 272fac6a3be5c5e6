"""The lesion table as a table node of the scene."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from LightMSegmentationLib.measurement.table import LOW_CONFIDENCE_REMARK
from LightMSegmentationLib.scene.subject_hierarchy import place_beside
from LightMSegmentationLib.scene.volume_node import world_position

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode, vtkMRMLTableNode

    from LightMSegmentationLib.measurement.findings import Findings, Lesion

TABLE_ROLE = "LightMUNet.LesionTable"
"""Node reference from a segmentation to its table."""

COLUMNS = (
    ("Lesion", "int", "", "1 is the largest"),
    ("Volume", "double", "mL", "Volume of the lesion"),
    ("Share of liver", "double", "%", "Volume over that of the liver including its tumors"),
    ("Largest axial diameter", "double", "mm", "Longest diameter in one axial slice, as in RECIST 1.1"),
    ("R", "double", "mm", "Center of mass, in world coordinates"),
    ("A", "double", "mm", "Center of mass, in world coordinates"),
    ("S", "double", "mm", "Center of mass, in world coordinates"),
    ("Confidence", "double", "", "The network's probability that this is a tumor; not a number where it is unknown"),
    ("Remark", "string", "", "Low confidence: more likely no tumor"),
)
"""Name, type, unit and description."""


def write_lesion_table(
    findings: Findings, volume_node: vtkMRMLScalarVolumeNode, segmentation_node: vtkMRMLSegmentationNode
) -> vtkMRMLTableNode:
    """Write one row per lesion into the table of a segmentation, made in the volume's study on first use.

    Centers are in world RAS coordinates (the volume's parent transform applied), as the slice views show them.
    """
    table_node = segmentation_node.GetNodeReference(TABLE_ROLE)
    if table_node is None:
        table_node = _add_table(volume_node, segmentation_node)
    table_node.RemoveAllColumns()
    rows = [_row(lesion, findings, volume_node) for lesion in findings.lesions]
    for number, (name, kind, unit, description) in enumerate(COLUMNS):
        column = table_node.AddColumn(_array(name, kind, [row[number] for row in rows]))
        column.SetName(name)
        table_node.SetColumnUnitLabel(name, unit)
        table_node.SetColumnDescription(name, description)
    return table_node


def _add_table(volume_node: vtkMRMLScalarVolumeNode, segmentation_node: vtkMRMLSegmentationNode) -> vtkMRMLTableNode:
    scene = volume_node.GetScene()
    name = scene.GenerateUniqueName(f"{volume_node.GetName()} liver lesions")
    table_node = scene.AddNewNodeByClass("vtkMRMLTableNode", name)
    _show_column_names(table_node)
    place_beside(table_node, volume_node)
    segmentation_node.SetNodeReferenceID(TABLE_ROLE, table_node.GetID())
    return table_node


def _show_column_names(table_node: vtkMRMLTableNode) -> None:
    """Let table views head the columns with names; Slicer renamed the switch after 5.10."""
    if hasattr(table_node, "SetUseColumnTitleAsColumnHeader"):
        table_node.SetUseColumnTitleAsColumnHeader(True)
    else:
        table_node.SetUseColumnNameAsColumnHeader(True)


def _row(lesion: Lesion, findings: Findings, volume_node: vtkMRMLScalarVolumeNode) -> tuple[float | str, ...]:
    share = 100.0 * lesion.volume_ml / findings.liver_volume_ml
    center = world_position(volume_node, lesion.center_ras)
    confidence = math.nan if lesion.confidence is None else lesion.confidence
    remark = LOW_CONFIDENCE_REMARK if lesion.low_confidence else ""
    return lesion.number, lesion.volume_ml, share, lesion.largest_axial_diameter_mm, *center, confidence, remark


def _array(name: str, kind: str, values: list[float | str]) -> object:
    import vtk

    array = {"int": vtk.vtkIntArray, "double": vtk.vtkDoubleArray, "string": vtk.vtkStringArray}[kind]()
    array.SetName(name)
    for value in values:
        array.InsertNextValue(value)
    return array
