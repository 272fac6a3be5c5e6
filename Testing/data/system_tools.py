"""Programs for tests that pip can't install; `make system-deps` brings them where it can."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

REQUIRE = "LIGHTM_REQUIRE"
"""Names the programs whose absence is a failure, with commas between them, or ``all``."""

_BESIDE_THE_PATH = ("/usr/sbin", "/usr/local/sbin")


def system_tool(command: str) -> Path:
    """Return the path of a program; where it is missing, the test is skipped, or fails when it is required."""
    found = shutil.which(command) or shutil.which(command, path=os.pathsep.join(_BESIDE_THE_PATH))
    if found:
        return Path(found)
    reason = f"{command} is not installed; `make system-deps` brings it on Debian and Ubuntu"
    required = os.environ.get(REQUIRE, "").split(",")
    if command in required or "all" in required:
        pytest.fail(f"{reason}, and {REQUIRE} says that it must be here")
    pytest.skip(reason)
