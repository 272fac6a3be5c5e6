"""``lightm batch`` segments a folder and continues where it stopped."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

    from Testing.unit.cli.conftest import Phantom


def test_a_folder_is_done_once_and_a_broken_scan_stops_nothing(
    phantom: Phantom, model: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    scans = tmp_path / "scans 肝"
    scans.mkdir()
    shutil.copy(phantom.path, scans / "a.nii.gz")
    (scans / "broken.nii.gz").write_bytes(b"no scan")
    command = ["batch", str(scans), str(tmp_path / "out"), "--mode", "fast", "--model", model]
    assert main(command) == 3
    first = capfd.readouterr().out.splitlines()
    assert first[0].startswith("a: done in ")
    assert first[1].startswith("broken: failed in ")
    assert first[-1].startswith("1 done, 0 without liver, 1 failed; 0 of them finished earlier.")
    (scans / "broken.nii.gz").unlink()
    assert main(command) == 0
    assert capfd.readouterr().out.startswith("1 done, 0 without liver, 0 failed; 1 of them finished earlier.")


def test_a_missing_folder_ends_with_3(model: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    assert main(["batch", str(tmp_path / "none"), str(tmp_path / "out"), "--model", model]) == 3
    assert "does not exist" in capfd.readouterr().err.splitlines()[-1]
