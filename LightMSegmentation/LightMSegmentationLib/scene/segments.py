"""A label map as segments of a segmentation node, beside whatever else is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from LightMSegmentationLib.content_mark import CONTENT_TAG, content_mark, is_marked
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.imaging.box import Box
from LightMSegmentationLib.imaging.mask import Mask
from LightMSegmentationLib.imaging.same_place import same_place
from LightMSegmentationLib.scene.labelmap import mask_of_segment
from LightMSegmentationLib.scene.segment_changes import SegmentChanges, tag_of
from LightMSegmentationLib.scene.segmentation_node import (
    add_segmentation,
    check_takes_labelmaps,
    from_volume_to_segmentation,
    is_empty,
    refer_to,
)
from LightMSegmentationLib.scene.volume_node import grid_of_node
from LightMSegmentationLib.segment_role import LIVER_AND_TUMOR, LIVER_ROLE, ROLE_TAG, TUMOR_ROLE, SegmentRole

if TYPE_CHECKING:
    import numpy as np
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.provenance import Provenance
    from LightMSegmentationLib.segment_role import LabeledSegment

__all__ = [
    "LIVER_ROLE",
    "TUMOR_ROLE",
    "edited_segments",
    "segment_id",
    "write_segments",
]


def segment_id(segmentation_node: vtkMRMLSegmentationNode, role: SegmentRole) -> str | None:
    """Return the identifier of our segment in a role, by its tag, or None; its name may have been changed."""
    segmentation = segmentation_node.GetSegmentation()
    for identifier in segmentation.GetSegmentIDs():
        if tag_of(segmentation.GetSegment(identifier), ROLE_TAG) == role.segment_id:
            return identifier
    return None


def edited_segments(
    segmentation_node: vtkMRMLSegmentationNode, segments: Iterable[LabeledSegment] = LIVER_AND_TUMOR
) -> tuple[str, ...]:
    """Return the shown names of those of our segments whose voxels are no longer those that a run wrote.

    Ask before replacing them; `write_segments` does not.
    """
    segmentation = segmentation_node.GetSegmentation()
    ours = [segment_id(segmentation_node, segment.role) for segment in segments]
    return tuple(
        segmentation.GetSegment(identifier).GetName()
        for identifier in ours
        if identifier is not None and _is_edited(segmentation_node, identifier)
    )


def _is_edited(segmentation_node: vtkMRMLSegmentationNode, identifier: str) -> bool:
    mark = tag_of(segmentation_node.GetSegmentation().GetSegment(identifier), CONTENT_TAG)
    return not mark or not is_marked(mask_of_segment(segmentation_node, identifier), mark)


def write_segments(
    segmentation_node: vtkMRMLSegmentationNode | None,
    volume_node: vtkMRMLScalarVolumeNode,
    labels: Volume,
    provenance: Provenance,
    before_write: Callable[[vtkMRMLSegmentationNode], object] | None = None,
    segments: Iterable[LabeledSegment] = LIVER_AND_TUMOR,
) -> vtkMRMLSegmentationNode:
    """Write segments, by default ``liver`` (with its tumors) and ``liver tumor``, and return their node.

    Segments of ours from an earlier run, found by tag, get new voxels and keep their identifier, place, name, color and
    display; other segments are left alone. One without a voxel is there, empty: it is where a missed tumor can be
    drawn. Surfaces for 3D are made anew where the segmentation had them. When anything fails, the segmentation is as it
    was. An empty segmentation moves under the parent transform of the volume; one with segments stays where it is.

    Parameters
    ----------
    segmentation_node
        Where to write, or None for a new node in the study and under the parent transform of the volume.
    volume_node
        The scan, in its scene.
    labels
        Voxels (k, j, i) on the grid of the scan.
    provenance
        Kept in the segments' tags.
    before_write
        Called with the (possibly new) segmentation right before the first change to its segments: saves an undo state.
    segments
        What the labels are; by default 1 liver, 2 tumor.

    Raises
    ------
    UnusableInputError
        When the volume is no longer where the labels are, or a transform that bends lies between it and the segments.
    UsageError
        When the segmentation keeps surfaces instead of voxels.
    """
    if not same_place(labels.grid, grid_of_node(volume_node)):
        cause = f"The geometry of '{volume_node.GetName()}' has changed since it was segmented."
        raise UnusableInputError(cause, "Segment it again.")
    node = add_segmentation(volume_node) if segmentation_node is None else segmentation_node
    try:
        check_takes_labelmaps(node)
        matrix = from_volume_to_segmentation(volume_node, node) @ labels.grid.index_to_ras
        masks = _masks(labels.array, matrix, segments)
        if before_write is not None:
            before_write(node)
        _apply(node, volume_node, masks, provenance)
    except BaseException:
        if segmentation_node is None:
            volume_node.GetScene().RemoveNode(node)
        raise
    return node


def _masks(labels: np.ndarray, index_to_ras: np.ndarray, segments: Iterable[LabeledSegment]) -> dict[SegmentRole, Mask]:
    box = Box.of_mask(labels) or Box((0, 0, 0), (0, 0, 0))
    around = labels[box.slices]
    return {segment.role: Mask.of(segment.mask(around), index_to_ras, box.start) for segment in segments}


def _apply(
    node: vtkMRMLSegmentationNode,
    volume_node: vtkMRMLScalarVolumeNode,
    masks: dict[SegmentRole, Mask],
    provenance: Provenance,
) -> None:
    """Make all changes, or none."""
    was_empty = is_empty(node)
    with SegmentChanges(node) as changes:
        for role, mask in masks.items():
            existing = segment_id(node, role)
            identifier = changes.add(role, mask) if existing is None else changes.replace(existing, mask)
            tags = {ROLE_TAG: role.segment_id, CONTENT_TAG: content_mark(mask), **provenance.tags()}
            changes.set_tags(identifier, tags)
    if was_empty:
        node.SetAndObserveTransformNodeID(volume_node.GetTransformNodeID())
    refer_to(node, volume_node)
