"""What the tests of the command line share."""

from __future__ import annotations

import io

import pytest
from LightMSegmentationLib.cli.console import Console


@pytest.fixture
def console() -> Console:
    """A console whose streams can be read with ``getvalue``."""
    return Console(io.StringIO(), io.StringIO())
