"""A batch over a folder with one broken file."""

import numpy as np
import SimpleITK
from self_test_case import SelfTestCase, phantomArray


class LightMSegmentationBatchTest(SelfTestCase):
    def setUp(self):
        super().setUp()
        self.source, self.target = self.folder / "in", self.folder / "out"
        self.source.mkdir()
        for name in ("first", "third"):
            self.writeCase(name)
        (self.source / "second.nrrd").write_text("this is no image", encoding="utf-8")
        self.ui.batchInputPathLineEdit.currentPath = str(self.source)
        self.ui.batchOutputPathLineEdit.currentPath = str(self.target)
        self.ui.batchSeriesFilterLineEdit.text = ""

    def test_the_broken_case_fails_and_the_others_do_not(self):
        self.run_()

        self.assertEqual(self.states(), {"first": "done", "second": "failed", "third": "done"})
        self.assertIn("2 done", self.ui.batchStatusLabel.text)
        self.assertIn("1 failed", self.ui.batchStatusLabel.text)
        self.assertEqual(len(list(self.target.rglob("*.seg.nrrd"))), 2)

    def test_a_second_run_leaves_finished_cases_alone(self):
        self.run_()
        before = {path: path.stat().st_mtime_ns for path in self.target.rglob("*.seg.nrrd")}
        self.writeCase("fourth")
        self.run_()

        self.assertEqual(set(self.states().values()), {"done", "failed"})
        self.assertEqual(len(self.states()), 4)
        self.assertEqual(before, {path: path.stat().st_mtime_ns for path in before})

    def test_a_cancelled_batch_continues_where_it_was(self):
        self.follow("tiles=200,pace=0.05")
        self.click(self.ui.batchButton)
        self.waitUntil(lambda: "running" in self.states().values())
        self.assertFalse(self.ui.applyButton.enabled)
        self.click(self.ui.batchButton)
        self.waitForBatch()
        self.assertIn("cancelled", self.ui.batchStatusLabel.text)

        self.follow("")
        self.run_()
        self.assertEqual(self.states(), {"first": "done", "second": "failed", "third": "done"})

    def test_a_picture_of_the_selected_case_is_shown(self):
        self.run_()
        self.widget.panel.batch.table.showPreview(list(self.states()).index("first"))

        self.assertFalse(self.ui.batchPreviewLabel.pixmap.isNull())

    def test_the_message_of_the_selected_case_is_shown_in_full(self):
        self.run_()
        row = list(self.states()).index("second")
        self.widget.panel.batch.table.showPreview(row)

        self.assertTrue(self.ui.batchPreviewLabel.text)
        self.assertEqual(self.ui.batchPreviewLabel.text, self.ui.batchTable.item(row, 5).text())

    def test_rules_choose_the_series(self):
        self.ui.batchSeriesFilterLineEdit.text = "description=first|second,description!=second"
        self.run_()

        self.assertEqual(self.states(), {"first": "done"})
        self.assertTrue(self.ui.batchStatusLabel.text.endswith("2 left out."), self.ui.batchStatusLabel.text)

    def test_a_rule_that_is_none_is_said_and_no_batch_can_be_run(self):
        self.ui.batchSeriesFilterLineEdit.text = "phase=blue"

        self.assertFalse(self.ui.batchButton.enabled)
        self.assertIn("'phase=blue' is no rule to choose series.", self.ui.batchStatusLabel.text)
        self.ui.batchSeriesFilterLineEdit.text = "phase=portal"
        self.assertTrue(self.ui.batchButton.enabled)
        self.assertEqual(self.ui.batchStatusLabel.text, "")

    def test_the_report_is_offered_when_there_is_one(self):
        self.assertFalse(self.ui.batchReportButton.enabled)
        self.run_()
        page = self.target / "lightm-report.html"  # not written where its packages are missing
        page.touch()
        self.widget.panel.refresh()

        self.assertTrue(self.ui.batchReportButton.enabled)
        self.assertEqual(self.widget.panel.batch.reportPage, page)

    def run_(self):
        self.click(self.ui.batchButton)
        self.waitForBatch()

    def waitForBatch(self):
        self.waitUntil(lambda: self.ui.batchButton.text == "Run or resume batch", 60)

    def states(self):
        table = self.ui.batchTable
        return {table.item(row, 0).text().split(".")[0]: table.item(row, 1).text() for row in range(table.rowCount)}

    def writeCase(self, name):
        seed = sum(map(ord, name))
        image = SimpleITK.GetImageFromArray(phantomArray() + np.int16(seed % 5))
        image.SetSpacing((5.0, 5.0, 8.0))
        SimpleITK.WriteImage(image, str(self.source / f"{name}.nrrd"))
