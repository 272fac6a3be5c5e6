import slicer
import vtk
from LightMSegmentationLib.inference.settings import Mode, SegmentationSettings
from LightMSegmentationLib.resources import resource_path
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

#
# LightMSegmentation
#


class LightMSegmentation(ScriptedLoadableModule):
    """Liver and liver tumor segmentation on CT, computed in a process of its own."""

    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = _("LightM Segmentation")
        self.parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        self.parent.dependencies = ["Segmentations", "SegmentEditor", "Terminologies", "Markups", "Volumes"]
        self.parent.contributors = ["LightMUNet contributors"]
        self.parent.helpText = _(
            "Segments the liver and liver tumors on a CT with LightM-UNet. Choose the CT and press the button; then "
            "review the segments in the Segment Editor. Everything runs on this computer. For research, not for "
            "diagnosis."
        )
        self.parent.acknowledgementText = _(
            "The network is that of W. Liao et al., LightM-UNet: Mamba Assists in Lightweight UNet for Medical Image "
            "Segmentation, 2024."
        )
        slicer.app.connect("startupCompleted()", loadTerminology)


def loadTerminology():
    """Make the terms of our segments known to Slicer's terminology selector."""
    for path in sorted(resource_path().glob("*.term.json")):
        slicer.modules.terminologies.logic().LoadTerminologyFromFile(str(path))


#
# LightMSegmentationWidget
#


class LightMSegmentationWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The panel; its parts are in ``LightMSegmentationLib.panel``."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic = None
        self.panel = None
        self._parameterNode = None
        self._parameterNodeGuiTag = None

    def setup(self):
        """Load the widgets and connect them; called once, also after a reload."""
        ScriptedLoadableModuleWidget.setup(self)
        from LightMSegmentationLib.panel.panel import Panel

        uiWidget = slicer.util.loadUI(self.resourcePath("UI/LightMSegmentation.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = LightMSegmentationLogic()
        self.panel = Panel(self.ui, self.logic.worker)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onSceneEndClose)
        self.initializeParameterNode()

    def enter(self):
        """Bring the panel up to date each time it is opened."""
        self.initializeParameterNode()
        self.panel.environment.refresh()
        self.panel.refresh()

    def cleanup(self):
        """End the worker and let go of the scene; called when the widget is destroyed or reloaded."""
        if self.panel is not None:
            self.panel.close()
        self.setParameterNode(None)
        self.removeObservers()
        if self.logic is not None:
            self.logic.shutdown()

    def onReload(self):
        """Reload the parts, too: a developer's changes are mostly in there."""
        import sys

        self.logic.shutdown()
        for name in [name for name in sys.modules if name.startswith("LightMSegmentationLib")]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)

    def onSceneStartClose(self, caller, event):
        """Cancel the run and forget the nodes of the scene that is being closed."""
        self.panel.sceneClosing()
        self.setParameterNode(None)
        if not self.panel.batch.isRunning:
            self.logic.shutdown()

    def onSceneEndClose(self, caller, event):
        """Start over in the empty scene."""
        self.initializeParameterNode()

    def initializeParameterNode(self):
        """Take the parameter node of the scene, and the first volume when none was chosen."""
        self.setParameterNode(self.logic.getParameterNode())
        if self._parameterNode.inputVolume is None:
            volume = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
            if volume is not None:
                self._parameterNode.inputVolume = volume

    def setParameterNode(self, parameterNode):
        """Connect the widgets with a parameter node, or with none."""
        if self._parameterNode is not None:
            self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
            self.removeObserver(self._parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParameterNodeModified)
        self._parameterNode = parameterNode
        if parameterNode is not None:
            self._parameterNodeGuiTag = parameterNode.connectGui(self.ui)
            self.addObserver(parameterNode, vtk.vtkCommand.ModifiedEvent, self.onParameterNodeModified)
        if self.panel is not None:
            self.panel.setParameterNode(parameterNode)

    def onParameterNodeModified(self, caller=None, event=None):
        """Offer or refuse a run as the choices allow."""
        self.panel.refresh()


#
# LightMSegmentationLogic
#


class LightMSegmentationLogic(ScriptedLoadableModuleLogic):
    """Segments volumes from scripts, with or without a window.

    Example::

        from LightMSegmentation import LightMSegmentationLogic

        outcome = LightMSegmentationLogic().segment(volumeNode, mode="fast")
        print(outcome.findings.liver_volume_ml, outcome.segmentationNode.GetName())
    """

    def __init__(self, worker=None):
        """Use the worker process of this Slicer, or the given `WorkerProcess`."""
        ScriptedLoadableModuleLogic.__init__(self)
        from LightMSegmentationLib.panel.shared_worker import sharedWorker

        self.worker = worker or sharedWorker()
        self._run = None

    def getParameterNode(self):
        """Return the choices of the panel, which are saved with the scene."""
        from LightMSegmentationLib.panel.parameters import LightMSegmentationParameterNode

        return LightMSegmentationParameterNode(super().getParameterNode())

    def segment(  # noqa: PLR0913 - everything a script may want to say about a run
        self,
        volumeNode,
        segmentationNode=None,
        mode="full",
        roiNode=None,
        *,
        device="auto",
        model=None,
        parenchymaOnly=False,
        replaceEdited=False,
        waitForCompletion=True,
        onProgress=None,
        onFinished=None,
        onError=None,
    ):
        """Segment liver and liver tumors.

        :param volumeNode: CT in HU; its parent transform is honored.
        :param segmentationNode: where the segments go, others in it are left alone; None makes a new one.
        :param mode: "fast" (whole scan, coarsely), "full" (finely) or "best" (finely at three spacings).
        :param roiNode: ``vtkMRMLMarkupsROINode`` around the liver, or None for the whole volume.
        :param device: "auto", "cpu", "cuda" or "mps".
        :param model: name of a model or path of a model card; None takes the default one.
        :param parenchymaOnly: leave the tumors out of the liver segment.
        :param replaceEdited: replace segments of an earlier run that were edited; otherwise a new segmentation is made.
        :param waitForCompletion: process events until the run has ended; otherwise return at once.
        :param onProgress: called with each ``Progress`` (stage, fraction, seconds left).
        :param onFinished: called with the ``SegmentationOutcome``.
        :param onError: called with the ``LightMError`` of a run that failed.
        :return: ``SegmentationOutcome`` when waiting, else None.
        :raises LightMError: when waiting and the run failed; ``cause`` and ``advice`` say why.
        """
        from LightMSegmentationLib.model_manager.default_model import default_model
        from LightMSegmentationLib.panel.segmentation_run import RunListener, RunOrder, SegmentationRun
        from LightMSegmentationLib.panel.waiting import Waiting

        waiting = Waiting(onFinished, onError)
        settings = SegmentationSettings(mode=Mode(mode), device=device, model=model or default_model())
        order = RunOrder(volumeNode, segmentationNode, roiNode, settings, parenchymaOnly)
        listener = RunListener(
            onProgress=onProgress or (lambda _progress: None),
            onFinished=waiting.finish,
            onError=waiting.fail,
            confirmReplace=lambda _names: replaceEdited,
            beforeWrite=lambda _segmentationNode, _volumeNode: None,
        )
        run = SegmentationRun(self.worker, slicer.mrmlScene, order, listener)
        run.start()
        if run.isRunning:
            self._run = run
        return waiting.result() if waitForCompletion else None

    def cancel(self):
        """Stop the run within a second; the scene stays as it was."""
        if self._run is not None and self._run.isRunning:
            self._run.cancel()

    def shutdown(self):
        """End the worker process; the next run starts another."""
        self.worker.shutdown()


#
# LightMSegmentationTest
#


class LightMSegmentationTest(ScriptedLoadableModuleTest):
    """Runs the self-tests in ``Testing/Python``, which are not part of an installed extension."""

    def test_scenarios_in_the_test_folder(self):
        """Run them all, each in an empty scene."""
        import unittest
        from pathlib import Path

        folder = Path(slicer.util.modulePath("LightMSegmentation")).parent / "Testing" / "Python"
        if not folder.is_dir():
            self.delayDisplay("Skipped: the self-tests are in the source tree, not in the installed extension.")
            return
        suite = unittest.defaultTestLoader.discover(str(folder), pattern="LightMSegmentation*Test.py")
        result = unittest.TextTestRunner(verbosity=2).run(suite)
        problems = "\n".join(text for _case, text in [*result.failures, *result.errors])
        self.assertTrue(result.wasSuccessful(), problems)
        self.assertGreater(result.testsRun, 0)
