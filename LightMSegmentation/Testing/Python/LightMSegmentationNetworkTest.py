"""The real network with a tiny seeded model, in the real worker."""

import os
import subprocess

import numpy as np
import slicer
from LightMSegmentationLib.panel.worker_launch import slicerWorkerLaunch
from self_test_case import ROOT, SCRIPTED_ENGINE, SelfTestCase

from LightMSegmentation import LightMSegmentationLogic

_MAKE_MODEL = """
import sys
from pathlib import Path
import numpy as np
import torch
from Testing.data.phantom import abdomen_phantom
from Testing.data.tiny_model import write_tiny_model
folder = Path(sys.argv[1])
ct, labels = abdomen_phantom(spacing=(6.0, 6.0, 6.0))
np.savez(folder / "phantom.npz", ct=ct.array, labels=labels.array, ijkToRAS=ct.grid.index_to_ras)
print(write_tiny_model(folder))
"""


class LightMSegmentationNetworkTest(SelfTestCase):
    def setUp(self):
        super().setUp()
        for name in SCRIPTED_ENGINE:
            os.environ.pop(name, None)

    def test_a_tiny_model_finds_the_liver_of_the_phantom(self):
        card = self.makeModel()
        stored = np.load(self.folder / "phantom.npz")
        volume = slicer.util.addVolumeFromArray(stored["ct"], ijkToRAS=stored["ijkToRAS"], name="abdomen")
        outcome = LightMSegmentationLogic().segment(volume, model=card, mode="full")

        found = slicer.util.arrayFromSegmentBinaryLabelmap(outcome.segmentationNode, "liver", volume) > 0
        liver = stored["labels"] > 0
        self.assertGreater(2.0 * (found & liver).sum() / (found.sum() + liver.sum()), 0.5)
        self.assertEqual(outcome.model, "tiny")
        self.assertNotEqual(outcome.backend, "scripted")

    def makeModel(self):
        """Write model and phantom with the worker's Python: torch must not be imported into Slicer."""
        launch = slicerWorkerLaunch()
        environment = dict(launch.environment)
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), environment["PYTHONPATH"]])
        made = subprocess.run(
            [str(launch.python), "-c", _MAKE_MODEL, str(self.folder)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if "No module named 'torch'" in made.stderr:
            self.skipTest("The worker's Python has no torch: install it in the section Environment.")
        self.assertEqual(made.returncode, 0, made.stderr)
        return made.stdout.strip().splitlines()[-1]
