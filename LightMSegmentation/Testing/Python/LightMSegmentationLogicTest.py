"""The logic as scripts use it: no widget is touched."""

import numpy as np
import slicer
import vtk
from LightMSegmentationLib.errors import CancelledError, LightMError, UnusableInputError
from self_test_case import IJK_TO_RAS, LIVER_VOXELS, TUMOR_VOXELS, VOXEL_ML, SelfTestCase, phantomArray

from LightMSegmentation import LightMSegmentationLogic


class LightMSegmentationLogicTest(SelfTestCase):
    def setUp(self):
        super().setUp()
        self.logic = LightMSegmentationLogic()

    def test_a_script_waits_for_the_outcome(self):
        stages = []
        outcome = self.logic.segment(self.loadPhantom(), onProgress=lambda progress: stages.append(progress.stage))

        self.assertAlmostEqual(outcome.findings.liver_volume_ml, LIVER_VOXELS * VOXEL_ML, places=3)
        self.assertAlmostEqual(outcome.findings.tumor_volume_ml, TUMOR_VOXELS * VOXEL_ML, places=3)
        self.assertEqual([lesion.number for lesion in outcome.findings.lesions], [1, 2])
        self.assertTrue(stages)
        self.assertEqual(outcome.tableNode.GetNumberOfRows(), 2)

    def test_segments_hold_exactly_the_voxels_that_were_found(self):
        volume = self.loadPhantom()
        segmentation = self.logic.segment(volume).segmentationNode

        array = phantomArray()
        tumor = array == 60
        self.assertTrue(np.array_equal(self.mask(segmentation, volume, "liver_tumor"), tumor))
        self.assertTrue(np.array_equal(self.mask(segmentation, volume, "liver"), (array == 120) | tumor))

    def test_the_liver_can_be_asked_for_without_its_tumors(self):
        volume = self.loadPhantom()
        segmentation = self.logic.segment(volume, parenchymaOnly=True).segmentationNode

        self.assertTrue(np.array_equal(self.mask(segmentation, volume, "liver"), phantomArray() == 120))

    def test_other_segments_of_the_target_are_left_alone(self):
        volume = self.loadPhantom()
        target = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "mine")
        target.GetSegmentation().AddEmptySegment("spleen", "spleen")
        outcome = self.logic.segment(volume, target)

        self.assertEqual(outcome.segmentationNode, target)
        self.assertEqual(self.segmentNames(target), ["spleen", "liver", "liver tumor"])

    def test_a_region_of_interest_limits_what_is_segmented(self):
        volume = self.loadPhantom()
        roi = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", "liver region")
        upper = (IJK_TO_RAS @ [18, 16, 15, 1])[:3]
        roi.SetCenter(upper.tolist())
        roi.SetSize(1000.0, 1000.0, 8.0 * 7.99)
        segmentation = self.logic.segment(volume, roiNode=roi).segmentationNode

        found = self.mask(segmentation, volume, "liver_tumor")
        self.assertEqual(int(found.sum()), 27)
        self.assertFalse(self.mask(segmentation, volume, "liver")[:11].any())

    def test_a_parent_transform_moves_the_result_with_the_volume(self):
        volume = self.loadPhantom()
        transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved")
        matrix = vtk.vtkMatrix4x4()
        matrix.SetElement(0, 3, 30.0)
        transform.SetMatrixTransformToParent(matrix)
        volume.SetAndObserveTransformNodeID(transform.GetID())
        segmentation = self.logic.segment(volume).segmentationNode

        self.assertEqual(segmentation.GetTransformNodeID(), transform.GetID())
        self.assertEqual(int(self.mask(segmentation, volume, "liver_tumor").sum()), TUMOR_VOXELS)

    def test_a_failure_is_raised_with_cause_and_advice(self):
        self.follow("end=unusable")
        with self.assertRaises(UnusableInputError) as caught:
            self.logic.segment(self.loadPhantom())

        self.assertEqual(caught.exception.cause, "This is no CT.")
        self.assertEqual(caught.exception.advice, "Choose a CT.")

    def test_a_script_can_cancel_from_a_callback(self):
        self.follow("tiles=1000,pace=0.05")
        with self.assertRaises(CancelledError):
            self.logic.segment(self.loadPhantom(), onProgress=lambda _progress: self.logic.cancel())

        self.assertEqual(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode"), 0)

    def test_a_script_can_go_on_meanwhile(self):
        ends = []
        returned = self.logic.segment(
            self.loadPhantom(), waitForCompletion=False, onFinished=ends.append, onError=ends.append
        )
        self.assertIsNone(returned)
        self.waitUntil(lambda: ends)

        self.assertFalse(isinstance(ends[0], LightMError))

    def test_a_second_run_at_the_same_time_is_refused(self):
        self.follow("tiles=1000,pace=0.05")
        volume = self.loadPhantom()
        self.logic.segment(volume, waitForCompletion=False)
        with self.assertRaises(LightMError) as caught:
            self.logic.segment(volume)

        self.assertIn("running", caught.exception.cause)

    def test_without_a_liver_the_outcome_says_why(self):
        self.follow("end=no-liver")
        outcome = self.logic.segment(self.loadPhantom())

        self.assertIsNone(outcome.segmentationNode)
        self.assertTrue(outcome.noLiverReasons)

    def mask(self, segmentation, volume, segmentId):
        return slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, segmentId, volume) > 0
