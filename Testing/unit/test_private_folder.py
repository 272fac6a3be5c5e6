"""Nobody's voxels stay behind, and nobody's work is disturbed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.file_lock import FileLock
from LightMSegmentationLib.private_folder import PrivateFolder, remove_stale_folders

if TYPE_CHECKING:
    from pathlib import Path

OLD = (1, 1)
HOLD = """
import sys
from pathlib import Path
from LightMSegmentationLib.private_folder import PrivateFolder
folder = PrivateFolder(Path(sys.argv[1]))
print(folder.path, flush=True)
sys.stdin.read()
"""


def foreign_folder(parent: Path) -> tuple[subprocess.Popen[str], str]:
    """Start a process that owns a folder; return it and the folder's name."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(parent)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, os.path.basename(process.stdout.readline().strip())  # noqa: PTH119


def test_a_folder_says_who_owns_it_and_goes_when_told(tmp_path: Path) -> None:
    folder = PrivateFolder(tmp_path)
    (folder.path / "ct.npy").write_bytes(b"voxels")
    assert json.loads((folder.path / "owner.json").read_text())["pid"] == os.getpid()
    folder.remove()
    folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_living_process_stays_and_that_of_a_killed_one_goes(tmp_path: Path) -> None:
    process, name = foreign_folder(tmp_path)
    with process:
        remove_stale_folders(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == [name]
        process.kill()
        process.wait()
        remove_stale_folders(tmp_path)
        assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_just_being_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "lightm-worker-new").mkdir()
    remove_stale_folders(tmp_path)
    assert (tmp_path / "lightm-worker-new").is_dir()


def test_a_folder_that_nobody_ever_owned_goes_when_it_is_old(tmp_path: Path) -> None:
    (tmp_path / "lightm-worker-old").mkdir()
    os.utime(tmp_path / "lightm-worker-old", OLD)
    remove_stale_folders(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_folders_of_others_and_links_are_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "temp").mkdir()
    elsewhere.mkdir()
    for path in (tmp_path / "temp" / "other-worker", elsewhere):
        path.mkdir(exist_ok=True)
        os.utime(path, OLD)
    (tmp_path / "temp" / "lightm-worker-link").symlink_to(elsewhere, target_is_directory=True)
    remove_stale_folders(tmp_path / "temp")
    assert elsewhere.is_dir()
    assert len(list((tmp_path / "temp").iterdir())) == 2


def test_a_lock_can_be_held_once_and_taken_again_after_its_release(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire("first")
    assert not second.acquire("second")
    assert second.read_note() == "first"
    first.release()
    assert second.acquire("second")
    assert second.read_note() == "second"
    second.release()


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no folder with open files")
def test_a_folder_removed_by_others_is_no_error(tmp_path: Path) -> None:
    folder = PrivateFolder(tmp_path)
    (folder.path / "owner.json").unlink()
    folder.path.rmdir()
    folder.remove()
    assert list(tmp_path.iterdir()) == []
