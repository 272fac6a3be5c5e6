"""Pictures of the panel's main states, rendered by the stand-in into ``out/panel`` to be looked at."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK
from PySide6 import QtWidgets

from Testing.panel.conftest import ROOT, StartSlicer
from Testing.panel.harness.pythonqt import unwrap
from Testing.panel.harness.running_slicer import RunningSlicer, wait_until

OUT = ROOT / "out" / "panel"
WIDTH = 460


@pytest.fixture
def session(start_slicer: StartSlicer) -> RunningSlicer:
    """Return Slicer as a user starts it."""
    return start_slicer(testing=False)


def phantom() -> np.ndarray:
    """Return HU (int16; k, j, i) with a liver of blocks and three tumors that the scripted engine finds."""
    array = np.full((40, 64, 80), -1000, np.int16)
    array[2:38, 8:58, 6:74] = -90
    array[8:34, 14:46, 10:50] = 120
    for k, j, i, half in ((14, 24, 22, 2), (22, 34, 34, 4), (28, 20, 42, 1)):
        array[k - half : k + half, j - half : j + half, i - half : i + half] = 60
    return array


def save(widget: Any, name: str) -> Path:
    """Render the panel as tall as it needs to be."""
    window = unwrap(widget.parent)
    window.show()
    QtWidgets.QApplication.processEvents()
    window.setFixedWidth(WIDTH)
    window.resize(WIDTH, window.layout().totalHeightForWidth(WIDTH) or window.sizeHint().height())
    QtWidgets.QApplication.processEvents()
    path = OUT / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    window.grab().save(str(path))
    window.hide()
    return path


def load(scene_module: Any) -> Any:
    matrix = np.diag([-4.0, -4.0, 5.0, 1.0])
    return scene_module.util.addVolumeFromArray(phantom(), ijkToRAS=matrix, name="phantom CT")


def test_pictures_of_a_run(session: RunningSlicer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTM_SCRIPT", "tiles=40,pace=0.1")
    widget = session.open_module()
    pictures = [save(widget, "idle")]
    load(sys.modules["slicer"])
    widget.ui.applyButton.click()
    assert wait_until(lambda: widget.ui.progressBar.value > 300)
    pictures.append(save(widget, "running"))
    assert wait_until(lambda: not widget.panel.isRunning)
    pictures.append(save(widget, "result"))

    assert all(picture.stat().st_size > 0 for picture in pictures)


@pytest.mark.parametrize(("script", "name"), [("end=out-of-memory", "error"), ("end=no-liver", "no-liver")])
def test_pictures_of_messages(session: RunningSlicer, monkeypatch: pytest.MonkeyPatch, script: str, name: str) -> None:
    monkeypatch.setenv("LIGHTM_SCRIPT", script)
    widget = session.open_module()
    load(sys.modules["slicer"])
    widget.ui.applyButton.click()
    assert wait_until(lambda: not widget.panel.isRunning)

    assert save(widget, name).stat().st_size > 0


def test_pictures_of_sections(session: RunningSlicer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # short paths, and none of this machine, in the picture
    source = Path("CT studies")
    source.mkdir()
    for name in ("patient-1", "patient-3"):
        image = SimpleITK.GetImageFromArray(phantom())
        image.SetSpacing((4.0, 4.0, 5.0))
        SimpleITK.WriteImage(image, str(source / f"{name}.nrrd"))
    (source / "patient-2.nrrd").write_text("no image", encoding="utf-8")
    widget = session.open_module()
    ui = widget.ui
    ui.batchInputPathLineEdit.currentPath = str(source)
    ui.batchOutputPathLineEdit.currentPath = "Results"
    ui.batchSeriesFilterLineEdit.text = "description=patient"
    ui.batchButton.click()
    assert wait_until(lambda: not widget.panel.batch.isRunning)
    widget.panel.batch.table.showPreview(0)
    widget.panel.environment.check()
    assert wait_until(lambda: ui.environmentCheckButton.enabled)
    for section in (ui.batchCollapsibleButton, ui.environmentCollapsibleButton, ui.modelsCollapsibleButton):
        section.collapsed = False
    for section in (ui.inputsCollapsibleButton, ui.outputsCollapsibleButton):
        section.collapsed = True

    assert save(widget, "sections").stat().st_size > 0
