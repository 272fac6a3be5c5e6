"""Which Python runs the worker when Slicer is the client."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.worker.interpreter import WorkerLaunch, worker_launch, worker_python

PYTHON_SETTING = "LightMUNet/WorkerPython"

#: Arguments for `worker.server`, separated by spaces: the tests choose the torch-free engine with it.
OPTIONS_VARIABLE = "LIGHTM_WORKER_OPTIONS"
#: Where the worker looks for an engine that is named in the options.
SEARCH_PATH_VARIABLE = "LIGHTM_WORKER_PATH"


def slicerWorkerLaunch() -> WorkerLaunch:
    """Return how to start the worker from Slicer, with the environment from before Slicer's launcher changed it.

    Raises
    ------
    ModelError
        When no Python for the worker is found.
    """
    environment = dict(slicer.util.startupEnvironment())
    environment.update({name: value for name, value in os.environ.items() if name.startswith("LIGHTM_")})
    search = [Path(path) for path in environment.get(SEARCH_PATH_VARIABLE, "").split(os.pathsep) if path]
    options = environment.get(OPTIONS_VARIABLE, "").split()
    return worker_launch(chosenPython(), environment=environment, search_paths=search, options=options)


def chosenPython() -> Path:
    """Return the Python that the user chose, or Slicer's own."""
    setting = slicer.app.userSettings().value(PYTHON_SETTING, "")
    chosen = worker_python(setting or None, _NOTHING)
    return _pythonSlicer() if chosen == _NOTHING else chosen


def isSlicerPython() -> bool:
    """Tell whether the worker runs in Slicer's Python, whose packages can be looked up in this process."""
    try:
        setting = slicer.app.userSettings().value(PYTHON_SETTING, "")
        return worker_python(setting or None, _NOTHING) == _NOTHING
    except ModelError:
        return False


_NOTHING = Path()


def _pythonSlicer() -> Path:
    """Return Slicer's command line Python, or the one it is built on where there is no ``PythonSlicer``."""
    windows = os.name == "nt"
    beside = Path(slicer.app.slicerHome) / "bin" / ("PythonSlicer.exe" if windows else "PythonSlicer")
    base = Path(sys.prefix) / ("python.exe" if windows else "bin/python3")
    for candidate in (shutil.which("PythonSlicer"), beside, base):
        if candidate and Path(candidate).is_file():
            return Path(candidate)
    cause = _("Slicer's own Python (PythonSlicer) was not found.")
    raise ModelError(cause, _("Install Slicer again, or name another Python in LIGHTM_WORKER_PYTHON."))
