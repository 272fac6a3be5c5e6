"""The self-tests of ``LightMSegmentation/Testing/Python`` in the stand-in; inside a real Slicer they are the truth."""

from __future__ import annotations

import sys
import unittest
from collections.abc import Iterator
from pathlib import Path

import pytest

from Testing.panel.harness.names import NamesOfSlicer
from Testing.panel.harness.running_slicer import RunningSlicer

SELF_TESTS = Path(__file__).parents[2] / "LightMSegmentation" / "Testing" / "Python"
NAMES = sorted(path.stem for path in SELF_TESTS.glob("*Test.py"))


@pytest.fixture(params=[True, False], ids=["main-window", "no-main-window"])
def open_slicer(
    request: pytest.FixtureRequest, names: NamesOfSlicer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RunningSlicer]:
    """Return Slicer as ``--testing`` starts it, with and without ``--no-main-window``."""
    monkeypatch.setenv("LIGHTM_WORKER_PYTHON", sys.executable)
    monkeypatch.syspath_prepend(str(SELF_TESTS))
    session = RunningSlicer(names, tmp_path, main_window=request.param)
    session.open_module()
    yield session
    session.close()
    for name in (*NAMES, "self_test_case"):
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("open_slicer")
@pytest.mark.parametrize("name", NAMES)
def test_every_self_test_passes(name: str) -> None:
    suite = unittest.defaultTestLoader.loadTestsFromName(name)

    result = unittest.TextTestRunner(verbosity=2).run(suite)

    assert result.wasSuccessful()
    assert result.testsRun > 0
