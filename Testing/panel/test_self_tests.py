"""The self-tests of ``LightMSegmentation/Testing/Python`` in the stand-in; inside a real Slicer they are the truth."""

from __future__ import annotations

import os
import sys
import tempfile
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


@pytest.fixture(autouse=True)
def temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which the self-tests make theirs."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize(
    ("name", "main_window"), [*((name, True) for name in NAMES), *((name, False) for name in ALSO_WITHOUT_WINDOW)]
)
@pytest.mark.usefixtures("own_modules")
def test_every_self_test_passes_and_leaves_nothing(
    start_slicer: StartSlicer, temporary_files: Path, name: str, main_window: bool
) -> None:
    start_slicer(main_window=main_window).open_module()
    suite = unittest.defaultTestLoader.loadTestsFromName(name)

    result = unittest.TextTestRunner(verbosity=2).run(suite)

    assert result.wasSuccessful()
    assert result.testsRun > 0
    assert list(temporary_files.iterdir()) == []


@pytest.mark.usefixtures("own_modules")
def test_a_self_test_that_can_not_begin_leaves_nothing_either(
    start_slicer: StartSlicer, temporary_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_slicer().open_module()
    import self_test_case

    def no_panel() -> None:
        message = "no panel"
        raise RuntimeError(message)

    monkeypatch.setattr(self_test_case, "panelWidget", no_panel)
    variables = dict(os.environ)
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromName("LightMSegmentationBatchTest").run(result)

    assert result.errors
    assert dict(os.environ) == variables
    assert list(temporary_files.iterdir()) == []
