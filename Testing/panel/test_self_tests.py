"""The self-tests of ``LightMSegmentation/Testing/Python`` in the stand-in; inside a real Slicer they are the truth."""

from __future__ import annotations

import sys
import unittest
from collections.abc import Iterator
from pathlib import Path

import pytest

from Testing.panel.conftest import StartSlicer

SELF_TESTS = Path(__file__).parents[2] / "LightMSegmentation" / "Testing" / "Python"
NAMES = sorted(path.stem for path in SELF_TESTS.glob("*Test.py"))
#: What depends on a main window.
ALSO_WITHOUT_WINDOW = ("LightMSegmentationPanelTest", "LightMSegmentationReviewTest")


@pytest.fixture
def own_modules(start_slicer: StartSlicer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the self-tests be imported anew, by their bare names, as Slicer does; they set the engine themselves."""
    del start_slicer  # it sets the variables that are taken back here
    monkeypatch.syspath_prepend(str(SELF_TESTS))
    monkeypatch.delenv("LIGHTM_WORKER_OPTIONS")
    yield
    for name in (*NAMES, "self_test_case"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("name", "main_window"), [*((name, True) for name in NAMES), *((name, False) for name in ALSO_WITHOUT_WINDOW)]
)
@pytest.mark.usefixtures("own_modules")
def test_every_self_test_passes(start_slicer: StartSlicer, name: str, main_window: bool) -> None:
    start_slicer(main_window=main_window).open_module()
    suite = unittest.defaultTestLoader.loadTestsFromName(name)

    result = unittest.TextTestRunner(verbosity=2).run(suite)

    assert result.wasSuccessful()
    assert result.testsRun > 0
