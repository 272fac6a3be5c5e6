"""No process and no voxels stay behind, however the session ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from LightMSegmentationLib.errors import CancelledError

from Testing.panel.harness.running_slicer import RunningSlicer, wait_until


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def running_widget(session: RunningSlicer, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, int, Path]:
    """Return the widget in the middle of a run, its worker's process and private folder."""
    monkeypatch.setenv("LIGHTM_SCRIPT", "tiles=1000,pace=0.05")
    widget = session.open_module()
    sys.modules["slicer"].util.addVolumeFromArray(np.full((8, 9, 10), 100, np.int16))
    widget.ui.applyButton.click()
    assert wait_until(lambda: widget.ui.progressBar.maximum == 1000)
    hello = widget.logic.worker._connection.talk.hello
    return widget, hello.pid, Path(hello.folder)


def assert_gone(pid: int, folder: Path) -> None:
    assert wait_until(lambda: not is_alive(pid), 10)
    assert wait_until(lambda: not folder.exists(), 10)


def test_closing_slicer_ends_the_worker(running_slicer: RunningSlicer, monkeypatch: pytest.MonkeyPatch) -> None:
    _widget, pid, folder = running_widget(running_slicer, monkeypatch)

    running_slicer.application.quit()

    assert_gone(pid, folder)


def test_closing_the_scene_ends_the_worker(running_slicer: RunningSlicer, monkeypatch: pytest.MonkeyPatch) -> None:
    widget, pid, folder = running_widget(running_slicer, monkeypatch)

    running_slicer.scene.Clear(0)

    assert_gone(pid, folder)
    assert not widget.panel.isRunning


def test_a_reload_ends_the_worker(running_slicer: RunningSlicer, monkeypatch: pytest.MonkeyPatch) -> None:
    widget, pid, folder = running_widget(running_slicer, monkeypatch)

    widget.onReload()

    assert_gone(pid, folder)


def test_a_script_that_waits_hears_that_the_scene_was_closed(
    running_slicer: RunningSlicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTM_SCRIPT", "tiles=1000,pace=0.05")
    widget = running_slicer.open_module()
    volume = sys.modules["slicer"].util.addVolumeFromArray(np.full((8, 9, 10), 100, np.int16))

    with pytest.raises(CancelledError):
        widget.logic.segment(volume, onProgress=lambda _progress: running_slicer.scene.Clear(0))


def test_an_idle_worker_is_let_go_and_the_next_click_starts_another(
    running_slicer: RunningSlicer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTM_WORKER_OPTIONS", "--engine scripted_engine:ScriptedEngine --idle-minutes 0.005")
    widget = running_slicer.open_module()
    sys.modules["slicer"].util.addVolumeFromArray(np.full((8, 9, 10), 100, np.int16))
    widget.ui.applyButton.click()
    assert wait_until(lambda: not widget.panel.isRunning)

    assert wait_until(lambda: widget.logic.worker.pid is None)

    widget.ui.applyButton.click()
    assert wait_until(lambda: not widget.panel.isRunning)
    assert not widget.ui.resultCollapsibleButton.isHidden()


def test_a_batch_goes_on_when_the_scene_is_closed(
    running_slicer: RunningSlicer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIGHTM_SCRIPT", "tiles=20,pace=0.05")
    import SimpleITK

    source = tmp_path / "in"
    source.mkdir()
    image = SimpleITK.GetImageFromArray(np.full((20, 24, 30), 100, np.int16) - 1000 * (np.indices((20, 24, 30))[0] < 8))
    image.SetSpacing((8.0, 8.0, 8.0))
    SimpleITK.WriteImage(SimpleITK.Cast(image, SimpleITK.sitkInt16), str(source / "a.nrrd"))
    widget = running_slicer.open_module()
    widget.ui.batchInputPathLineEdit.currentPath = str(source)
    widget.ui.batchOutputPathLineEdit.currentPath = str(tmp_path / "out")
    widget.ui.batchButton.click()
    assert wait_until(lambda: widget.ui.batchTable.rowCount == 1)

    running_slicer.scene.Clear(0)

    assert widget.panel.batch.isRunning
    assert wait_until(lambda: not widget.panel.batch.isRunning, 60)
    assert widget.ui.batchTable.item(0, 1).text() == "done"
