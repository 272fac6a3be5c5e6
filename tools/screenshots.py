"""`screenshots`: the pictures of README and docs anew, with the weights that ship."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tools.console import ProjectError, say
from tools.environment import ROOT
from tools.environment_setup import ENVIRONMENT, set_up
from tools.sample_ct import sample_ct

PICTURES = ROOT / "Resources" / "Screenshots"

_IN_SLICER = ROOT / "Testing" / "panel" / "screenshots_in_slicer.py"


def take(slicer: str = "") -> int:
    """Show the sample CT as the command line, the review page and, in the given Slicer, the panel segment it.

    Parameters
    ----------
    slicer
        Path of Slicer's executable; without it the panel's pictures stay as they are.

    Raises
    ------
    ProjectError
        When a picture can't be taken.
    """
    set_up()
    scan = sample_ct(ENVIRONMENT)
    _take_preview(scan)
    if ENVIRONMENT.run("-m", "Testing.review.screenshots", scan, PICTURES):
        msg = "The review page could not be shown in Chromium; `make system-deps` installs it."
        raise ProjectError(msg)
    if slicer:
        _take_panel(Path(slicer).resolve(), scan)
    else:
        say("The panel's pictures stay as they are: python make.py screenshots PATH_OF_SLICER takes them, too.")
    say(f"Look at every picture in {PICTURES} before committing it, and say in docs which weights they show.")
    return 0


def _take_preview(scan: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        output: list[str | Path] = ["-o", Path(folder) / "liver.seg.nrrd", "--preview", PICTURES / "result.png"]
        if ENVIRONMENT.run("-m", "LightMSegmentationLib.cli.main", "segment", scan, *output):
            msg = "The sample CT could not be segmented; the reason is above."
            raise ProjectError(msg)


def _take_panel(slicer: Path, scan: Path) -> None:
    module = ("--additional-module-paths", ROOT / "LightMSegmentation")
    options: list[str | Path] = ["--no-splash", "--ignore-slicerrc", *module]
    if subprocess.run([slicer, *options, "--python-script", _IN_SLICER, scan, PICTURES], check=False).returncode:
        msg = f"The panel could not be shown in {slicer}; the reason is above."
        raise ProjectError(msg)
