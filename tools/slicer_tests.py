"""`slicer-tests`: the module's self tests inside a real 3D Slicer, with and without its main window."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from tools.console import ProjectError, say
from tools.environment import ROOT
from tools.torch_build import PYTORCH_CPU_WHEELS, has_nvidia_driver, required_torch

MODULE = ROOT / "LightMSegmentation"
SELF_TESTS = MODULE / "Testing" / "Python"
REQUIREMENTS = MODULE / "Resources" / "requirements.txt"

_SECONDS = 900


def run(slicer: str = "") -> int:
    """Run every self test in the given Slicer; 1 when any failed or was skipped.

    Parameters
    ----------
    slicer
        Path of Slicer's executable.

    Raises
    ------
    ProjectError
        When there is no Slicer at this path, or its Python can't install what the worker needs.
    """
    application = Path(slicer).resolve()
    if not slicer or not application.is_file():
        msg = f"No Slicer executable at {slicer!r}. Usage: python make.py slicer-tests PATH_OF_SLICER"
        raise ProjectError(msg)
    if not os.environ.get("LIGHTM_WORKER_PYTHON"):
        _install_requirements(_python_of(application))
    names = [MODULE.name, *sorted(path.stem for path in SELF_TESTS.glob("*Test.py"))]
    runs = [(name, window) for window in ((), ("--no-main-window",)) for name in names]
    failed = [f"{name} {' '.join(window)}" for name, window in runs if not _passes(application, name, window)]
    say("\nAll self tests passed." if not failed else "\nFailed or skipped: " + ", ".join(failed))
    return int(bool(failed))


def _python_of(application: Path) -> Path:
    """Return ``PythonSlicer``; on macOS it lies beside the folder of the executable."""
    name = "PythonSlicer.exe" if os.name == "nt" else "PythonSlicer"
    for folder in (application.parent / "bin", application.parent.parent / "bin"):
        if (folder / name).is_file():
            return folder / name
    msg = f"There is no {name} beside {application}."
    raise ProjectError(msg)


def _install_requirements(python: Path) -> None:
    say(f"Installing what {REQUIREMENTS.name} lists into {python}.")
    steps = [["-r", str(REQUIREMENTS)]]
    if not has_nvidia_driver():
        steps.insert(0, ["-i", PYTORCH_CPU_WHEELS, required_torch()])
    for step in steps:
        if subprocess.run([python, "-m", "pip", "install", "-qq", *step], check=False).returncode:
            msg = "Slicer's Python could not install what the worker needs; pip's words are above."
            raise ProjectError(msg)


def _passes(application: Path, name: str, window: tuple[str, ...]) -> bool:
    folders = [str(MODULE), str(SELF_TESTS)]
    code = f"import slicer.testing; slicer.testing.runUnitTest({folders!r}, {name!r})"
    options = ["--testing", "--no-splash", "--ignore-slicerrc", *window, "--additional-module-paths", str(MODULE)]
    say(f"\n== {name} {' '.join(window)}")
    try:
        run = subprocess.run(
            [application, *options, "--python-code", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        say(f"Not finished after {_SECONDS} s.")
        return False
    say(run.stdout)
    ran = re.search(r"^Ran (\d+) tests?", run.stdout, re.MULTILINE)
    return run.returncode == 0 and ran is not None and ran[1] != "0" and "skipped=" not in run.stdout
