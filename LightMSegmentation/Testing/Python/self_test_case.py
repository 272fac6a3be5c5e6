"""What the self-tests share: an empty scene, a phantom CT, the panel, and waiting while events are processed."""

import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import qt
import slicer

ROOT = Path(__file__).resolve().parents[3]
TEST_DATA = ROOT / "Testing" / "data"
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))

#: Voxels of 5 x 5 x 8 mm (0.2 mL), axes to the left, to the back and to the head.
IJK_TO_RAS = np.array([[-5.0, 0, 0, 100], [0, -5.0, 0, 80], [0, 0, 8.0, -90], [0, 0, 0, 1]])
VOXEL_ML = 0.2
LIVER_VOXELS = 12 * 16 * 20
TUMOR_VOXELS = 8 + 27

SCRIPTED_ENGINE = {
    "LIGHTM_WORKER_OPTIONS": "--engine scripted_engine:ScriptedEngine",
    "LIGHTM_WORKER_PATH": str(TEST_DATA),
}


class SelfTestCase(unittest.TestCase):
    """Each test starts in an empty scene and ends its worker; the worker computes without torch, by a script."""

    def setUp(self):
        # Cleanups, unlike tearDown, also run when the rest of setUp fails.
        self.addCleanup(setVariables, {name: os.environ.get(name) for name in (*SCRIPTED_ENGINE, "LIGHTM_SCRIPT")})
        setVariables({**SCRIPTED_ENGINE, "LIGHTM_SCRIPT": None})
        self.folder = Path(tempfile.mkdtemp(prefix="lightm-self-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        slicer.mrmlScene.Clear(0)
        self.widget = panelWidget()
        self.widget.enter()

    def tearDown(self):
        slicer.mrmlScene.Clear(0)
        panelWidget().logic.shutdown()

    @property
    def ui(self):
        return self.widget.ui

    def follow(self, script):
        """Let the engine of workers that start from now on do what the script says."""
        self.widget.logic.shutdown()
        os.environ["LIGHTM_SCRIPT"] = script

    def loadPhantom(self, name="phantom", ijkToRAS=IJK_TO_RAS):
        """Add the phantom CT to the scene and return its node."""
        return slicer.util.addVolumeFromArray(phantomArray(), ijkToRAS=ijkToRAS, name=name)

    def click(self, button):
        self.assertTrue(button.enabled, button.toolTip)
        button.click()

    def waitUntil(self, condition, seconds=30):
        """Process events until ``condition()`` holds."""
        loop = qt.QEventLoop()
        timer, limit = qt.QTimer(), qt.QTimer()
        timer.connect("timeout()", lambda: loop.quit() if condition() else None)
        limit.connect("timeout()", loop.quit)
        timer.start(20)
        limit.start(1000 * seconds)
        if not condition():
            loop.exec()
        timer.stop()
        limit.stop()
        self.assertTrue(condition(), "did not happen in time; " + self.ui.messageLabel.text)

    def waitForEnd(self):
        self.waitUntil(lambda: self.ui.applyButton.text == "Segment liver/tumor")

    def segmentNames(self, segmentationNode):
        segmentation = segmentationNode.GetSegmentation()
        return [segmentation.GetNthSegment(i).GetName() for i in range(segmentation.GetNumberOfSegments())]


def setVariables(values):
    """Set environment variables, or remove those whose value is None."""
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def panelWidget():
    """Return the module's widget, also after a reload and without a main window."""
    slicer.util.getModuleWidget("LightMSegmentation")
    return slicer.modules.LightMSegmentationWidget


def phantomArray():
    """Return HU (int16; k, j, i): a block of liver in a block of fat, with two tumors of 8 and 27 voxels.

    The scripted engine takes 80 to 200 HU for liver, and 30 to 79 HU in its bounds for tumor.
    """
    array = np.full((24, 32, 40), -1000, np.int16)
    array[2:22, 4:28, 4:36] = -100
    array[6:18, 8:24, 8:28] = 120
    array[8:10, 10:12, 10:12] = 60
    array[13:16, 16:19, 20:23] = 60
    return array
