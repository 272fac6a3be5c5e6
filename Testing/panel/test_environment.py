"""What is installed is told without importing it, and what is missing disables the button with a reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from Testing.panel.conftest import ROOT, StartSlicer


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text("# a comment\nnumpy>=1.0\nnumpy>=1000\nno-such-package>=1  # why\n", encoding="utf-8")
    return path


@pytest.mark.usefixtures("running_slicer")
def test_each_requirement_is_compared_with_what_is_installed(requirements: Path) -> None:
    from LightMSegmentationLib.panel.environment import packageStatuses

    statuses = packageStatuses(requirements)

    assert [(status.name, status.installed is not None, status.fits) for status in statuses] == [
        ("numpy", True, True),
        ("numpy", True, False),
        ("no-such-package", False, False),
    ]
    assert statuses[2].requirement == "no-such-package>=1"


@pytest.mark.usefixtures("running_slicer")
def test_another_python_is_asked_when_it_runs_not_before() -> None:
    from LightMSegmentationLib.panel.environment import missingPackages

    assert missingPackages() == []


def test_missing_packages_disable_the_button_and_say_what_to_do(
    start_slicer: StartSlicer, monkeypatch: pytest.MonkeyPatch, requirements: Path
) -> None:
    for variable in ("LIGHTM_WORKER_PYTHON", "LIGHTM_WORKER_OPTIONS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("LightMSegmentationLib.resources.resource_path", lambda *_parts: requirements)
    widget = start_slicer().open_module()
    sys.modules["slicer"].util.addVolumeFromArray(np.zeros((4, 5, 6), np.int16))

    assert not widget.ui.applyButton.enabled
    assert "no-such-package" in widget.ui.applyButton.toolTip
    assert "Environment" in widget.ui.applyButton.toolTip
    assert widget.ui.environmentInstallButton.enabled


_OPEN_PANEL = """
import sys
from pathlib import Path
from PySide6 import QtWidgets
application = QtWidgets.QApplication(["harness"])
from Testing.panel.harness.names import NamesOfSlicer, committed_names
from Testing.panel.harness.running_slicer import RunningSlicer
session = RunningSlicer(NamesOfSlicer(committed_names()), Path(sys.argv[1]))
session.open_module()
print(sorted(name for name in ("torch", "numba", "safetensors", "psutil", "rich", "highdicom") if name in sys.modules))
"""


def test_opening_the_panel_imports_nothing_heavy(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", _OPEN_PANEL, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert run.stdout.strip().splitlines()[-1:] == ["[]"], run.stderr
