"""What comes after the run: the Segment Editor, one undo, segments that were edited."""

import numpy as np
import slicer
from self_test_case import TUMOR_VOXELS, SelfTestCase

from LightMSegmentation import LightMSegmentationLogic


class LightMSegmentationReviewTest(SelfTestCase):
    def test_one_undo_in_the_segment_editor_brings_back_what_was_before(self):
        volume = self.loadPhantom()
        target = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "mine")
        target.GetSegmentation().AddEmptySegment("spleen", "spleen")
        self.ui.outputSelector.setCurrentNode(target)
        self.click(self.ui.applyButton)
        self.waitForEnd()
        self.assertEqual(self.segmentNames(target), ["spleen", "liver", "liver tumor"])
        self.click(self.ui.reviewButton)
        if slicer.util.mainWindow() is None:
            self.assertEqual(self.segmentNames(target), ["spleen", "liver", "liver tumor"])
            return
        editor = slicer.modules.segmenteditor.widgetRepresentation().self().editor
        self.assertEqual(editor.segmentationNode(), target)
        self.assertEqual(editor.sourceVolumeNode(), volume)
        self.assertEqual(editor.mrmlSegmentEditorNode().GetSelectedSegmentID(), "liver_tumor")
        editor.undo()

        self.assertEqual(self.segmentNames(target), ["spleen"])

    def test_segments_that_were_edited_are_kept_unless_replacing_them_is_allowed(self):
        logic = LightMSegmentationLogic()
        volume = self.loadPhantom()
        first = logic.segment(volume).segmentationNode
        empty = np.zeros(slicer.util.arrayFromVolume(volume).shape, np.uint8)
        slicer.util.updateSegmentBinaryLabelmapFromArray(empty, first, "liver_tumor", volume)

        other = logic.segment(volume, first).segmentationNode
        self.assertNotEqual(other, first)
        self.assertEqual(self.tumorVoxels(first, volume), 0)

        replaced = logic.segment(volume, first, replaceEdited=True).segmentationNode
        self.assertEqual(replaced, first)
        self.assertEqual(self.tumorVoxels(first, volume), TUMOR_VOXELS)

    def test_the_surfaces_can_be_shown(self):
        self.loadPhantom()
        self.click(self.ui.applyButton)
        self.waitForEnd()
        self.click(self.ui.show3DButton)

        segmentation = self.ui.outputSelector.currentNode()
        self.assertTrue(segmentation.GetSegmentation().ContainsRepresentation("Closed surface"))
        self.assertTrue(segmentation.GetDisplayNode().GetVisibility3D())

    def test_the_lesion_table_can_be_exported(self):
        self.loadPhantom()
        self.click(self.ui.applyButton)
        self.waitForEnd()
        self.widget.panel.result.exportTable(self.folder / "lesions.csv")

        lines = (self.folder / "lesions.csv").read_text(encoding="utf-8").splitlines()
        self.assertGreaterEqual(len(lines), 3)

    def tumorVoxels(self, segmentation, volume):
        return int((slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, "liver_tumor", volume) > 0).sum())
