"""What the panel installs into Slicer's Python must leave alone what Slicer brings."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).resolve().parents[2] / "LightMSegmentation" / "Resources" / "requirements.txt"

# Slicer ships these; two copies in one process, or another version than the loaded one, crash it.
BROUGHT_BY_SLICER = {"numpy", "simpleitk", "vtk", "slicer-core", "scipy", "pydicom", "pillow", "monai"}


def required() -> dict[str, str]:
    """Return the required packages and their version bounds."""
    lines = (line.partition("#")[0].strip() for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    split = (re.fullmatch(r"([A-Za-z0-9_.-]+)(.*)", line) for line in lines if line)
    return {found[1].lower(): found[2] for found in split if found}


def test_only_what_slicer_lacks_is_required() -> None:
    assert required().keys() == {"torch", "numba", "safetensors"}
    assert not required().keys() & BROUGHT_BY_SLICER


def test_versions_are_lower_bounds_only() -> None:
    assert all(re.fullmatch(r">=[0-9.]+", bounds) for bounds in required().values())


def test_torch_does_not_bring_a_numpy_of_its_own() -> None:
    wanted = importlib.metadata.requires("torch") or []

    assert [text for text in wanted if text.startswith("numpy") and "extra ==" not in text] == []


@pytest.mark.parametrize("numpy", ["2.0.2", "2.4.6"], ids=["Slicer 5.10", "Slicer 5.12"])
def test_the_rest_resolves_beside_the_numpy_that_slicer_brings(numpy: str) -> None:
    if sys.version_info < (3, 11):
        pytest.skip("numpy 2.4 has no packages for Python 3.10, and no supported Slicer uses that Python")
    others = [name + bounds for name, bounds in required().items() if name != "torch"]
    question = ["install", "--dry-run", "--quiet", "--ignore-installed", "--report", "-", f"numpy=={numpy}"]

    answer = subprocess.run(
        [sys.executable, "-m", "pip", *question, *others], capture_output=True, text=True, check=False
    )

    if answer.returncode and "ResolutionImpossible" not in answer.stderr:
        pytest.skip(f"pip reaches no package index here, so nothing can be resolved: {answer.stderr.strip()[-200:]}")
    assert answer.returncode == 0, answer.stderr
    chosen = {entry["metadata"]["name"]: entry["metadata"]["version"] for entry in json.loads(answer.stdout)["install"]}
    assert chosen["numpy"] == numpy
    assert {"numba", "safetensors"} <= chosen.keys()
