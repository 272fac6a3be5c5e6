"""The Triton kernels without a GPU: interpreted, they equal the reference; compiled, they keep to registers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("triton", reason="Triton is not installed: it publishes packages for Linux only")


def test_interpreted_kernels_equal_the_float64_reference():
    """Interpret in a process of its own: Triton decides at import whether to interpret or to compile."""
    tests = Path(__file__).with_name("triton_interpreted.py")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests],
        env={**os.environ, "TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
