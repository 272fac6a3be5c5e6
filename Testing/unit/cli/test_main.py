"""The command as a whole: quick, and every ending has its code and its sentence."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest
from LightMSegmentationLib import __version__
from LightMSegmentationLib.cli import main as command
from LightMSegmentationLib.cli.main import main
from LightMSegmentationLib.errors import CancelledError, ModelError, ResourceError, UnusableInputError

HEAVY = ("torch", "numpy", "SimpleITK", "scipy", "numba", "rich", "psutil", "PIL", "slicer", "vtk")


def failing_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make ``lightm doctor`` fail."""

    def fail(_arguments: argparse.Namespace, _console: object) -> int:
        raise error

    monkeypatch.setattr(command.doctor, "run", fail)


def test_the_command_starts_without_importing_anything_heavy() -> None:
    program = f"import sys, LightMSegmentationLib.cli.main; print([m for m in {HEAVY!r} if m in sys.modules])"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "[]"


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"lightm {__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["segment", "--help"], ["models", "-h"], ["doctor", "-h"]])
def test_help_ends_with_0(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("usage: lightm")


@pytest.mark.parametrize("arguments", [[], ["unknown"], ["segment"], ["segment", "x", "--mode", "slow"], ["count"]])
def test_a_wrong_command_line_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "usage: lightm" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnusableInputError("scan.nii is empty.", "Copy it again."), 3),
        (ModelError("No model.", "Install one."), 4),
        (ResourceError("No memory.", "Buy some."), 5),
        (MemoryError(), 5),
        (CancelledError(), 130),
        (KeyboardInterrupt(), 130),
    ],
)
def test_a_failure_is_one_line_on_the_error_stream(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    failing_with(monkeypatch, error)
    assert main(["doctor"]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("lightm: ")
    assert captured.err.count("\n") == 1


def test_an_unexpected_failure_says_where_the_details_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    failing_with(monkeypatch, ZeroDivisionError("deep inside"))
    assert main(["doctor"]) == 6
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    log = next(tmp_path.rglob("last-error.txt"))
    assert str(log) in captured.err
    assert "ZeroDivisionError: deep inside" in log.read_text(encoding="utf-8")


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    failing_with(monkeypatch, UnusableInputError("Bad."))
    assert main(["doctor", "--debug"]) == 3
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="a POSIX pipe")
def test_a_reader_that_goes_away_is_no_error() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "LightMSegmentationLib.cli.main", "models"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    messages = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), messages) == (0, b"")


def test_the_installed_command_runs() -> None:
    command_file = Path(sys.executable).with_name("lightm.exe" if os.name == "nt" else "lightm")
    if not command_file.exists():
        pytest.skip(f"lightm is not installed beside {sys.executable}")
    finished = subprocess.run([command_file, "--version"], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == f"lightm {__version__}"
