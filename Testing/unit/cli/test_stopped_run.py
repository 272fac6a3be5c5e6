"""A run that is stopped, or that runs out of memory or disk, leaves nothing behind: real processes, signals, limits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from Testing.unit.cli.conftest import Phantom

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals and limits")

COMMAND = (sys.executable, "-m", "LightMSegmentationLib.cli.main", "segment")
OUTPUTS = ("-o", "liver.nii.gz", "--table", "t.csv", "--preview", "p.png", "--report", "new/r.json")


def limited(limit: int, amount: int) -> Callable[[], None]:
    """Return what sets a resource limit in a child process."""
    import resource

    return lambda: resource.setrlimit(limit, (amount, amount))


def start(arguments: tuple[str, ...], folder: Path, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def assert_nothing_but_the_older_file(folder: Path) -> None:
    assert [path.name for path in folder.iterdir()] == ["liver.nii.gz"]
    assert (folder / "liver.nii.gz").read_text() == "older"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with an older result."""
    (tmp_path / "liver.nii.gz").write_text("older")
    return tmp_path


@pytest.mark.parametrize(
    ("when", "number"),
    [
        ("Reading", signal.SIGINT),
        ("Loading", signal.SIGTERM),
        ("Finding", signal.SIGINT),
        ("Finding", signal.SIGTERM),
    ],
)
def test_a_stopped_run_ends_with_130_and_leaves_nothing(
    phantom: Phantom, model: str, folder: Path, when: str, number: signal.Signals
):
    process = start((str(phantom.path), *OUTPUTS, "--model", model), folder)
    assert process.stderr is not None
    next(line for line in process.stderr if when in line)
    process.send_signal(number)
    output, errors = process.communicate(timeout=120)
    assert (process.returncode, output) == (130, "")
    assert errors.splitlines()[-1] == "lightm: The run was cancelled. Nothing was written."
    assert "Traceback" not in errors
    assert_nothing_but_the_older_file(folder)


@pytest.mark.parametrize("output", ["liver.nii.gz", "x.seg.nrrd"])
def test_a_full_disk_ends_with_5_and_leaves_nothing(phantom: Phantom, model: str, folder: Path, output: str):
    import resource

    process = start(
        (str(phantom.path), *OUTPUTS, "-o", output, "--mode", "fast", "--model", model),
        folder,
        preexec_fn=limited(resource.RLIMIT_FSIZE, 1000),
    )
    written, errors = process.communicate(timeout=300)
    assert process.returncode == 5, errors
    assert written == ""
    assert "disk is full" in errors.splitlines()[-1]
    assert f"{folder / output} " in errors.splitlines()[-1]
    assert_nothing_but_the_older_file(folder)


def test_too_little_memory_is_told_before_computing(phantom: Phantom, model: str, folder: Path):
    import resource

    process = start(
        (str(phantom.path), *OUTPUTS, "--model", model), folder, preexec_fn=limited(resource.RLIMIT_AS, 1200 * 1024**2)
    )
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 5, errors
    assert "GiB of memory in full mode" in errors.splitlines()[-1]
    assert "Finding" not in errors
    assert_nothing_but_the_older_file(folder)
