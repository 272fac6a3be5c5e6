"""The case in Slicer's scene: the scan, the segments that are edited, and the prediction that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.content_mark import CONTENT_TAG
from LightMSegmentationLib.imaging.mask import Mask
from LightMSegmentationLib.provenance import Provenance
from LightMSegmentationLib.review.saved_edits import SavedSegment
from LightMSegmentationLib.review.surfaces import Surfaces
from LightMSegmentationLib.scene.labelmap import BINARY_LABELMAP, mask_of_segment, to_labelmap
from LightMSegmentationLib.scene.labels_of_segments import labels_of_segments
from LightMSegmentationLib.scene.segment_changes import TERMINOLOGY_TAG, tag_of
from LightMSegmentationLib.scene.segments import edited_segments, segment_id, write_segments
from LightMSegmentationLib.scene.volume_node import add_volume_node
from LightMSegmentationLib.segment_role import LIVER_ROLE, ROLE_TAG, TUMOR_ROLE

if TYPE_CHECKING:
    from trame_slicer.core import SlicerApp

    from LightMSegmentationLib.imaging.grid import Grid
    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.review.case import Case, Prediction

_PREDICTION_COLORS = {LIVER_ROLE: (1.0, 1.0, 1.0), TUMOR_ROLE: (1.0, 0.85, 0.2)}
_PREDICTION_PIXELS = 2
_KEPT_TAGS = (
    ROLE_TAG,
    CONTENT_TAG,
    TERMINOLOGY_TAG,
    *(f"LightMUNet.{name}" for name in ("Model", "ModelVersion", "Date")),
)


class CaseScene:
    """Holds one case at a time; `open` replaces the last one."""

    def __init__(self, app: SlicerApp) -> None:
        self._app = app
        self._prediction_node: Any = None
        self.volume_node: Any = None
        self.segmentation_node: Any = None
        self.surfaces = Surfaces(app.scene)
        self.case: Case | None = None

    @property
    def grid(self) -> Grid:
        """The grid of the scan; a case must be open."""
        assert self.case is not None
        return self.case.scan.volume.grid

    def open(self, case: Case) -> None:
        """Put a case into the scene, emptied before; its segments are there also when nothing was predicted."""
        self._app.scene.Clear()
        self.case = case
        self.volume_node = add_volume_node(self._app.scene, case.scan.volume, case.name)
        self.volume_node.CreateDefaultDisplayNodes()
        # Before there are segments: a slice view draws things in the order in which it got them, and fills come last.
        for view in self._app.view_manager.get_slice_views():
            view.set_background_volume_id(self.volume_node.GetID())
            view.set_foreground_volume_id(None)
        provenance = case.prediction.provenance if case.prediction else Provenance()
        self.segmentation_node = write_segments(None, self.volume_node, case.corrected or case.labels, provenance)
        self._prediction_node = None
        if case.prediction is not None:
            self._add_prediction(case.prediction)

    def replace_segments(self, case: Case) -> None:
        """Give the segments the voxels that ``case``, of the same scan, predicts; other segments stay."""
        assert case.prediction is not None
        self.case = case
        prediction = case.prediction
        write_segments(self.segmentation_node, self.volume_node, prediction.labels, prediction.provenance)
        if self._prediction_node is not None:
            self._app.scene.RemoveNode(self._prediction_node)
        self._add_prediction(prediction)

    @property
    def has_prediction(self) -> bool:
        """Whether there is a prediction to compare with."""
        return self._prediction_node is not None

    def show_prediction(self, *, shown: bool) -> None:
        """Show the outlines of the untouched prediction above the segments, or hide them."""
        if self._prediction_node is not None:
            self._prediction_node.GetDisplayNode().SetVisibility(shown)

    def labels(self) -> Volume:
        """Return the segments as labels on the scan's grid."""
        return labels_of_segments(self.segmentation_node, self.grid)

    def is_edited(self) -> bool:
        """Tell whether liver or tumor differ from what a model, or nobody, wrote."""
        return bool(edited_segments(self.segmentation_node))

    def segments(self) -> list[SavedSegment]:
        """Return every segment as it can be stored."""
        segmentation = self.segmentation_node.GetSegmentation()
        return [self._saved(identifier, segmentation) for identifier in segmentation.GetSegmentIDs()]

    def restore(self, segments: list[SavedSegment]) -> None:
        """Make the segmentation what was stored."""
        import slicer

        segmentation = self.segmentation_node.GetSegmentation()
        segmentation.RemoveAllSegments()
        for saved in segments:
            segment = slicer.vtkSegment()
            segment.SetName(saved.name)
            segment.SetColor(saved.color)
            for name, value in saved.tags.items():
                segment.SetTag(name, value)
            mask = Mask(saved.voxels, saved.box, self.grid.index_to_ras)
            segment.AddRepresentation(BINARY_LABELMAP, to_labelmap(mask))
            segmentation.AddSegment(segment, saved.identifier)

    def jump_to(self, position: tuple[float, float, float]) -> None:
        """Let every slice view show the slice through a point (RAS, mm)."""
        from slicer import vtkMRMLSliceNode

        vtkMRMLSliceNode.JumpAllSlices(self._app.scene, *position, vtkMRMLSliceNode.OffsetJumpSlice)

    def _add_prediction(self, prediction: Prediction) -> None:
        node = write_segments(None, self.volume_node, prediction.labels, prediction.provenance)
        node.SetName("prediction")
        for role, color in _PREDICTION_COLORS.items():
            node.GetSegmentation().GetSegment(segment_id(node, role)).SetColor(color)
        display = node.GetDisplayNode()
        display.SetVisibility2DFill(False)
        display.SetVisibility2DOutline(True)
        display.SetOpacity2DOutline(1.0)
        display.SetSliceIntersectionThickness(_PREDICTION_PIXELS)
        display.SetVisibility3D(False)
        display.SetVisibility(False)
        self._prediction_node = node

    def _saved(self, identifier: str, segmentation: Any) -> SavedSegment:
        segment = segmentation.GetSegment(identifier)
        mask = mask_of_segment(self.segmentation_node, identifier)
        tags = {name: tag_of(segment, name) for name in _KEPT_TAGS if segment.HasTag(name)}
        red, green, blue = segment.GetColor()
        return SavedSegment(identifier, segment.GetName(), (red, green, blue), tags, mask.box, mask.array)
