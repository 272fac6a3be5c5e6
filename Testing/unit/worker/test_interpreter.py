"""Which Python runs the worker, and what it inherits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import LightMSegmentationLib
import pytest
from LightMSegmentationLib.errors import ModelError
from LightMSegmentationLib.worker.interpreter import worker_launch, worker_python

HERE = Path(sys.executable)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "python of the üser"
    path.touch()
    return path


def test_the_variable_comes_before_the_setting(other: Path) -> None:
    assert worker_python(str(HERE), None, {"LIGHTM_WORKER_PYTHON": str(other)}) == other


def test_the_setting_comes_before_slicers_python(other: Path) -> None:
    assert worker_python(str(other), HERE, {}) == other


def test_slicers_python_comes_before_this_one(other: Path) -> None:
    assert worker_python("", other, {}) == other


def test_without_anything_it_is_this_python() -> None:
    assert worker_python(None, None, {}) == HERE


@pytest.mark.parametrize(
    ("setting", "variable", "named"),
    [("/nowhere/python", "", "panel's field Other Python"), (None, "/nowhere/python", "variable LIGHTM_WORKER_PYTHON")],
)
def test_a_python_that_is_not_there_is_named_and_where_it_was_given(
    setting: str | None, variable: str, named: str
) -> None:
    with pytest.raises(ModelError, match=rf"The {named} names no file: /nowhere/python"):
        worker_python(setting, None, {"LIGHTM_WORKER_PYTHON": variable})


def test_the_environment_of_an_embedding_program_does_not_reach_the_child() -> None:
    launch = worker_launch(HERE, environment={"PYTHONHOME": "/slicer", "KEPT": "1"})
    assert "PYTHONHOME" not in launch.environment
    assert (launch.environment["KEPT"], launch.environment["PYTHONUTF8"]) == ("1", "1")


def test_the_package_comes_first_then_the_given_paths_then_the_inherited_ones() -> None:
    launch = worker_launch(HERE, environment={"PYTHONPATH": "/a"}, search_paths=[Path("/b")])
    parent = Path(LightMSegmentationLib.__file__).parents[1]
    assert launch.environment["PYTHONPATH"].split(os.pathsep) == [str(parent), str(Path("/b")), "/a"]


def test_a_python_without_the_package_installed_finds_it() -> None:
    launch = worker_launch(
        HERE, environment={name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    )
    program = "import LightMSegmentationLib.worker.interpreter as it; print(it.__file__)"
    command = [str(HERE), "-S", "-c", program]
    run = subprocess.run(command, env=dict(launch.environment), capture_output=True, text=True, check=True)
    assert Path(run.stdout.strip()).parts[-3:] == ("LightMSegmentationLib", "worker", "interpreter.py")
