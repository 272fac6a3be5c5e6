"""The panel's tests run on the stand-in for Slicer in `harness`: no Slicer is needed, but its real MRML and PySide6."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
pytest.importorskip("PySide6", reason="the panel's tests need PySide6")
pytest.importorskip("slicer", reason="the panel's tests need the MRML of slicer-core")

ROOT = Path(__file__).parents[2]

from PySide6 import QtWidgets  # noqa: E402

from Testing.panel.harness.names import (  # noqa: E402
    NAMES_FILE,
    NamesOfSlicer,
    committed_names,
    names_of_running_slicer,
)
from Testing.panel.harness.running_slicer import RunningSlicer  # noqa: E402
from Testing.panel.harness.tool_tips import ToolTipWrapper  # noqa: E402

REFERENCE = ROOT.parent / "shared" / "slicer_api"


@pytest.fixture(scope="session")
def names() -> Iterator[NamesOfSlicer]:
    """What Slicer offers: the committed names, or all of them while ``LIGHTM_RECORD_NAMES`` asks to write that list."""
    if not os.environ.get("LIGHTM_RECORD_NAMES"):
        yield NamesOfSlicer(committed_names())
        return
    recording = NamesOfSlicer(committed_names(), names_of_running_slicer(REFERENCE))
    yield recording
    recording.write(NAMES_FILE)


@pytest.fixture(scope="session", autouse=True)
def qt_application() -> QtWidgets.QApplication:
    """Return the one Qt application of the process."""
    existing = QtWidgets.QApplication.instance()
    application = existing if isinstance(existing, QtWidgets.QApplication) else QtWidgets.QApplication(["harness"])
    application.installEventFilter(ToolTipWrapper(application))
    return application


StartSlicer = Callable[..., RunningSlicer]


@pytest.fixture
def start_slicer(names: NamesOfSlicer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartSlicer]:
    """Return what starts Slicer, after closing the one that was started before; settings last from one to the next.

    Workers follow ``LIGHTM_SCRIPT`` instead of computing with a network.
    """
    monkeypatch.setenv("LIGHTM_WORKER_PYTHON", sys.executable)
    monkeypatch.setenv("LIGHTM_WORKER_OPTIONS", "--engine scripted_engine:ScriptedEngine")
    monkeypatch.setenv("LIGHTM_WORKER_PATH", str(ROOT / "Testing" / "data"))
    with contextlib.ExitStack() as open_sessions:

        def start(**options: bool) -> RunningSlicer:
            open_sessions.close()
            session = RunningSlicer(names, tmp_path, **options)
            open_sessions.callback(session.close)
            return session

        yield start


@pytest.fixture
def running_slicer(start_slicer: StartSlicer) -> RunningSlicer:
    """Return Slicer with a main window, in testing mode."""
    return start_slicer()
