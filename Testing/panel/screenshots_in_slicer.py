"""The pictures of the panel in the tutorial: a script that a real Slicer runs.

``Slicer --python-script screenshots_in_slicer.py SCAN FOLDER``; `tools.screenshots` starts it, with the module's folder
among the module paths.
"""

import shutil
import sys
import tempfile
import traceback
from pathlib import Path

import qt
import slicer

WIDTH, HEIGHT = 1280, 720
WINDOW_HU, LEVEL_HU = 400, 40
LIVER_RAS = (70, 10, -255)  # of the sample CT
SECONDS_FOR_A_RUN = 900


def main(scan, folder):
    """Segment the scan and a batch with a broken file in it; write a picture of each state."""
    window = slicer.util.mainWindow()
    window.showNormal()
    window.setGeometry(0, 0, WIDTH, HEIGHT)
    slicer.util.selectModule("LightMSegmentation")
    widget = slicer.modules.LightMSegmentationWidget
    showRun(widget, scan, folder, window)
    slicer.mrmlScene.Clear(0)
    showBatch(widget, scan, folder)


def showRun(widget, scan, folder, window):
    ui = widget.ui
    volume = slicer.util.loadVolume(str(scan), {"name": "CT chest-abdomen"})
    display = volume.GetDisplayNode()
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(WINDOW_HU, LEVEL_HU)
    slicer.vtkMRMLSliceNode.JumpAllSlices(slicer.mrmlScene, *LIVER_RAS, slicer.vtkMRMLSliceNode.CenteredJumpSlice)
    take(window, folder / "panel-idle.png")
    ui.applyButton.click()
    waitUntil(lambda: ui.progressBar.maximum == 1000 and ui.progressBar.value > 300)
    take(window, folder / "panel-running.png")
    waitUntil(lambda: not widget.panel.isRunning)
    if ui.lesionTable.rowCount:
        ui.lesionTable.selectRow(0)
        widget.panel.result.jump(0)
    ui.show3DButton.click()
    take(window, folder / "panel-result.png")


def showBatch(widget, scan, folder):
    """Show a finished batch, in folders whose names tell nothing of this computer."""
    ui = widget.ui
    with tempfile.TemporaryDirectory() as temporary:
        source = Path(temporary) / "scans"
        source.mkdir()
        shutil.copyfile(scan, source / "chest-abdomen.nii.gz")
        (source / "broken.nii.gz").write_text("no image", encoding="utf-8")
        ui.batchInputPathLineEdit.currentPath = str(source)
        ui.batchOutputPathLineEdit.currentPath = str(Path(temporary) / "results")
        ui.batchButton.click()
        waitUntil(lambda: widget.panel.batch.isRunning)
        waitUntil(lambda: not widget.panel.batch.isRunning)
        for section in (ui.inputsCollapsibleButton, ui.outputsCollapsibleButton):
            section.collapsed = True
        ui.batchCollapsibleButton.collapsed = False
        ui.batchTable.selectRow(0)
        ui.batchTable.cellClicked(0, 0)
        # The fields alone: with the folders themselves in them, the paths of this computer would be in the picture.
        for field, shown in ((ui.batchInputPathLineEdit, "/scans"), (ui.batchOutputPathLineEdit, "/results")):
            field.findChild(qt.QComboBox).setEditText(shown)
        take(widget.parent, folder / "panel-sections.png")


def take(widget, path):
    """Write the picture of a widget with all that is drawn in it."""
    settle()
    widget.grab().save(str(path))


def settle():
    """Let everything be laid out and drawn."""
    deadline = qt.QDateTime.currentDateTime().addSecs(2)
    while qt.QDateTime.currentDateTime() < deadline:
        slicer.app.processEvents()


def waitUntil(condition):
    """Process events until the condition holds."""
    deadline = qt.QDateTime.currentDateTime().addSecs(SECONDS_FOR_A_RUN)
    while not condition():
        slicer.app.processEvents()
        if qt.QDateTime.currentDateTime() > deadline:
            message = "it did not happen in time"
            raise TimeoutError(message)


try:
    main(Path(sys.argv[-2]), Path(sys.argv[-1]))
except BaseException:
    traceback.print_exc()
    slicer.util.exit(1)
else:
    slicer.util.exit(0)
