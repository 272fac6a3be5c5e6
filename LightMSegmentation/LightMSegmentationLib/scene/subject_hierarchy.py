"""Placing nodes in the study of the scan they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slicer import vtkMRMLDisplayableNode, vtkMRMLNode, vtkMRMLSubjectHierarchyNode


def place_beside(node: vtkMRMLNode, scan_node: vtkMRMLDisplayableNode) -> None:
    """Put a node under the parent (study, folder, or none) of ``scan_node``, in the scene that holds both."""
    import slicer

    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scan_node.GetScene())
    hierarchy.SetItemParent(_item(hierarchy, node), hierarchy.GetItemParent(_item(hierarchy, scan_node)))


def _item(hierarchy: vtkMRMLSubjectHierarchyNode, node: vtkMRMLNode) -> int:
    """Return the item of a node; outside the application no plugin has made one yet."""
    return hierarchy.GetItemByDataNode(node) or hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)
