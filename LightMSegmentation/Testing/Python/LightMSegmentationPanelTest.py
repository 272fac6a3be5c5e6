"""The panel's button, from the click to the result, in every state."""

import os
import signal

import slicer
from self_test_case import LIVER_VOXELS, TUMOR_VOXELS, VOXEL_ML, SelfTestCase, panelWidget


class LightMSegmentationPanelTest(SelfTestCase):
    def test_without_a_volume_the_button_says_why_it_is_disabled(self):
        self.assertFalse(self.ui.applyButton.enabled)
        # Slicer makes rich text of every tooltip, so that it wraps.
        self.assertIn("Choose a CT volume first.", self.ui.applyButton.toolTip)

    def test_a_click_gives_segments_and_a_lesion_table(self):
        self.loadPhantom()
        self.click(self.ui.applyButton)
        self.assertEqual(self.ui.applyButton.text, "Cancel")
        self.waitForEnd()

        segmentation = self.ui.outputSelector.currentNode()
        self.assertEqual(self.segmentNames(segmentation), ["liver", "liver tumor"])
        self.assertFalse(self.ui.resultCollapsibleButton.isHidden())
        self.assertIn(f"Liver {round(LIVER_VOXELS * VOXEL_ML)} mL, 2 tumors", self.ui.summaryLabel.text)
        self.assertIn(f"{TUMOR_VOXELS * VOXEL_ML:.1f} mL", self.ui.summaryLabel.text)
        self.assertEqual(self.ui.lesionTable.rowCount, 2)
        self.assertEqual(self.ui.lesionTable.item(0, 1).text(), "5.40")
        self.assertEqual([self.ui.lesionTable.item(row, 3).text() for row in range(2)], ["88 %", "25 % (low)"])

    def test_a_model_of_other_organs_gives_a_segment_for_each_of_its_classes(self):
        self.follow("end=organs")
        self.loadPhantom()
        self.click(self.ui.applyButton)
        self.waitForEnd()

        segmentation = self.ui.outputSelector.currentNode()
        self.assertEqual(self.segmentNames(segmentation), ["left kidney", "mass", "liver"])
        volumes = f"left kidney {round(LIVER_VOXELS * VOXEL_ML - TUMOR_VOXELS * VOXEL_ML)} mL"
        self.assertIn(volumes, self.ui.summaryLabel.text)
        self.assertIn("not found: liver", self.ui.summaryLabel.text)
        self.assertIn("tells no liver tumors, so there is no lesion table", self.ui.notesLabel.text)
        self.assertEqual(self.ui.lesionTable.rowCount, 0)
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLTableNode"), 0)
        table = self.folder / "volumes.csv"
        self.widget.panel.result.exportTable(table)
        self.assertIn("left kidney,,", table.read_text(encoding="utf-8"))

    def test_a_second_run_takes_the_warm_worker(self):
        self.loadPhantom()
        self.click(self.ui.applyButton)
        self.waitForEnd()
        first = self.widget.logic.worker.pid
        self.click(self.ui.applyButton)
        self.waitForEnd()

        self.assertIsNotNone(first)
        self.assertEqual(self.widget.logic.worker.pid, first)
        self.assertEqual(self.segmentNames(self.ui.outputSelector.currentNode()), ["liver", "liver tumor"])

    def test_cancel_leaves_the_scene_as_it_was(self):
        self.follow("tiles=1000,pace=0.05")
        self.loadPhantom()
        nodes = slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode")
        self.click(self.ui.applyButton)
        self.waitUntil(lambda: self.ui.progressBar.maximum == 1000)
        self.click(self.ui.applyButton)
        self.waitForEnd()

        self.assertEqual(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode"), nodes)
        self.assertEqual(self.ui.messageTitleLabel.text, "The run was cancelled.")
        self.assertTrue(self.ui.applyButton.enabled)

    def test_cancel_ends_a_worker_that_does_not_listen(self):
        self.follow("end=hang")
        self.loadPhantom()
        self.click(self.ui.applyButton)
        self.waitUntil(lambda: self.ui.progressBar.maximum == 1000)
        self.click(self.ui.applyButton)
        self.waitUntil(lambda: self.ui.applyButton.text == "Segment liver/tumor", 10)

        # The killed process is reported by the event loop, which a busy computer may run a moment later.
        self.waitUntil(lambda: self.widget.logic.worker.pid is None, 10)

    def test_a_crash_is_said_and_the_next_click_starts_again(self):
        self.follow("tiles=1000,pace=0.05")
        self.loadPhantom()
        self.click(self.ui.applyButton)
        self.waitUntil(lambda: self.ui.progressBar.maximum == 1000)
        os.kill(self.widget.logic.worker.pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
        self.waitForEnd()
        self.assertIn("segmentation process ended", self.ui.messageTitleLabel.text)
        self.assertFalse(self.ui.messageCopyButton.isHidden())

        self.follow("")
        self.click(self.ui.applyButton)
        self.waitForEnd()
        self.assertFalse(self.ui.resultCollapsibleButton.isHidden())
        self.assertTrue(self.ui.messageFrame.isHidden())

    def test_an_error_is_shown_with_its_advice_and_details(self):
        self.follow("end=out-of-memory")
        self.loadPhantom()
        self.click(self.ui.applyButton)
        self.waitForEnd()
        self.click(self.ui.messageCopyButton)

        self.assertIn("memory", self.ui.messageTitleLabel.text)
        self.assertIn("fast mode", self.ui.messageLabel.text)
        self.assertIn("code: out-of-resources", slicer.app.clipboard().text())

    def test_no_liver_is_a_result_with_reasons(self):
        self.follow("end=no-liver")
        self.loadPhantom()
        self.click(self.ui.applyButton)
        self.waitForEnd()

        self.assertEqual(self.ui.messageTitleLabel.text, "No liver was found.")
        self.assertTrue(self.ui.messageLabel.text)
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode"), 0)

    def test_a_lesion_that_is_clicked_is_shown_in_the_slice_views(self):
        red = slicer.mrmlScene.GetNodeByID("vtkMRMLSliceNodeRed")
        if red is None:
            red = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSliceNode", "lesion view")
        self.loadPhantom()
        self.click(self.ui.applyButton)
        self.waitForEnd()
        self.widget.panel.result.jump(0)

        center = [red.GetSliceToRAS().GetElement(row, 3) for row in range(3)]
        for measured, expected in zip(center, (-5.0, -5.0, 22.0), strict=True):
            self.assertAlmostEqual(measured, expected, delta=0.01)

    def test_closing_the_scene_stops_the_run(self):
        self.follow("tiles=1000,pace=0.05")
        self.loadPhantom()
        self.click(self.ui.applyButton)
        self.waitUntil(lambda: self.ui.progressBar.maximum == 1000)
        slicer.mrmlScene.Clear(0)

        self.assertFalse(self.widget.logic.worker.isBusy)
        self.assertFalse(self.ui.applyButton.enabled)
        self.assertTrue(self.ui.progressFrame.isHidden())
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode"), 0)

    def test_after_a_reload_a_click_works(self):
        slicer.util.reloadScriptedModule("LightMSegmentation")
        self.assertIsNot(panelWidget(), self.widget)
        self.widget = panelWidget()
        self.loadPhantom()
        self.click(self.ui.applyButton)
        self.waitForEnd()

        self.assertEqual(self.ui.lesionTable.rowCount, 2)

    def test_the_environment_says_what_really_runs(self):
        self.click(self.ui.environmentCheckButton)
        self.waitUntil(lambda: "scripted" in self.ui.environmentLabel.text)
        self.click(self.ui.environmentCopyButton)

        self.assertIn("scan backend: scripted", slicer.app.clipboard().text())
