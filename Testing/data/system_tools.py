"""Programs for tests that Python can't import; `make system-deps` brings those where it can that pip does not."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

REQUIRE = "LIGHTM_REQUIRE"
"""Names the programs whose absence is a failure, with commas between them, or ``all``."""

_BESIDE_THE_PATH = ("/usr/sbin", "/usr/local/sbin", str(Path(sys.executable).parent))


def system_tool(command: str, brought_by: str = "`make system-deps` brings it on Debian and Ubuntu") -> Path:
    """Return the path of a program; where it is missing, the test is skipped, or fails when it is required."""
    found = shutil.which(command) or shutil.which(command, path=os.pathsep.join(_BESIDE_THE_PATH))
    if found:
        return Path(found)
    reason = f"{command} is not installed; {brought_by}"
    required = os.environ.get(REQUIRE, "").split(",")
    if command in required or "all" in required:
        pytest.fail(f"{reason}, and {REQUIRE} says that it must be here")
    pytest.skip(reason)
