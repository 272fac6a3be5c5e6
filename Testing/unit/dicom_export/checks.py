"""What an independent program says about a DICOM file."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from Testing.data.system_tools import system_tool

if TYPE_CHECKING:
    from pathlib import Path


def errors_of_dciodvfy(path: Path) -> list[str]:
    """Return the errors that David Clunie's validator finds; the test is skipped where it is not installed."""
    run = subprocess.run([system_tool("dciodvfy"), path], capture_output=True, text=True, check=False)
    return [line for line in run.stderr.splitlines() if line.startswith(("Error", "Abort"))]
