"""Which Python runs the worker: the variable, the user's setting, Slicer's own."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from LightMSegmentationLib.errors import ModelError

from Testing.panel.harness.running_slicer import RunningSlicer, wait_until


def test_the_variable_wins(running_slicer: RunningSlicer) -> None:
    from LightMSegmentationLib.panel.worker_launch import PYTHON_SETTING, chosenPython, isSlicerPython

    running_slicer.application.settings.setValue(PYTHON_SETTING, __file__)

    assert chosenPython() == Path(sys.executable)
    assert not isSlicerPython()


def test_the_setting_comes_next(running_slicer: RunningSlicer, monkeypatch: pytest.MonkeyPatch) -> None:
    from LightMSegmentationLib.panel.worker_launch import PYTHON_SETTING, chosenPython

    monkeypatch.delenv("LIGHTM_WORKER_PYTHON")
    running_slicer.application.settings.setValue(PYTHON_SETTING, __file__)

    assert chosenPython() == Path(__file__)


def test_slicers_own_python_is_found_beside_the_application(
    running_slicer: RunningSlicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from LightMSegmentationLib.panel.worker_launch import chosenPython, isSlicerPython

    monkeypatch.delenv("LIGHTM_WORKER_PYTHON")
    monkeypatch.setenv("PATH", "")
    name = "PythonSlicer.exe" if sys.platform == "win32" else "PythonSlicer"
    python = running_slicer.application.folder / "bin" / name
    python.parent.mkdir()
    python.touch()

    assert chosenPython() == python
    assert isSlicerPython()


@pytest.mark.usefixtures("running_slicer")
def test_a_wrong_setting_is_said_in_the_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    from LightMSegmentationLib.panel.worker_launch import slicerWorkerLaunch

    monkeypatch.setenv("LIGHTM_WORKER_PYTHON", "/no/such/python")

    with pytest.raises(ModelError, match="/no/such/python"):
        slicerWorkerLaunch()


@pytest.mark.usefixtures("running_slicer")
def test_variables_of_ours_reach_the_worker() -> None:
    from LightMSegmentationLib.panel.worker_launch import slicerWorkerLaunch

    launch = slicerWorkerLaunch()

    assert launch.environment["LIGHTM_WORKER_OPTIONS"] == "--engine scripted_engine:ScriptedEngine"
    assert launch.arguments[-2:] == ("--engine", "scripted_engine:ScriptedEngine")


def test_another_python_typed_into_the_panel_is_used_by_the_next_job(
    running_slicer: RunningSlicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIGHTM_WORKER_PYTHON")
    widget = running_slicer.open_module()
    widget.panel.environment.check()
    assert wait_until(lambda: widget.ui.environmentCheckButton.enabled)
    first = widget.logic.worker.pid

    widget.ui.workerPythonPathLineEdit.currentPath = sys.executable
    widget.panel.environment.check()
    assert wait_until(lambda: widget.ui.environmentCheckButton.enabled)

    assert widget.logic.worker.pid != first
    assert widget.ui.environmentTable.item(0, 2).text() == widget.logic.worker.versions["torch"]


def test_a_python_that_is_not_there_is_an_error_with_advice(
    running_slicer: RunningSlicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIGHTM_WORKER_PYTHON")
    widget = running_slicer.open_module()
    sys.modules["slicer"].util.addVolumeFromArray(np.zeros((4, 5, 6), np.int16))
    widget.ui.workerPythonPathLineEdit.currentPath = "/no/such/python"

    widget.ui.applyButton.click()

    assert "/no/such/python" in widget.ui.messageTitleLabel.text
    assert widget.ui.applyButton.text == "Segment liver/tumor"
