"""Files appear whole or not at all."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.errors import ResourceError, UnusableInputError
from LightMSegmentationLib.imaging.atomic import atomic_path, ensure_writable, full_suffix, writing_error

if TYPE_CHECKING:
    from pathlib import Path


def test_a_complete_file_takes_its_place(tmp_path: Path):
    final = tmp_path / "labels.nii.gz"
    final.write_text("older", encoding="utf-8")
    with atomic_path(final) as temporary:
        temporary.write_text("newer", encoding="utf-8")
        assert final.read_text(encoding="utf-8") == "older"
        assert temporary.parent == final.parent
        assert full_suffix(temporary) == ".nii.gz"
    assert [path.name for path in tmp_path.iterdir()] == ["labels.nii.gz"]
    assert final.read_text(encoding="utf-8") == "newer"


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_the_older_file_and_nothing_else(failure: type[BaseException], tmp_path: Path):
    final = tmp_path / "table.csv"
    final.write_text("older", encoding="utf-8")
    with pytest.raises(failure):
        _fail_in_the_middle(final, failure())
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]
    assert final.read_text(encoding="utf-8") == "older"


def test_missing_folders_are_made(tmp_path: Path):
    final = tmp_path / "a" / "b" / "table.csv"
    with atomic_path(final) as temporary:
        temporary.touch()
    assert final.exists()


def test_made_folders_are_removed_after_a_failure(tmp_path: Path):
    with pytest.raises(KeyboardInterrupt):
        _fail_in_the_middle(tmp_path / "a" / "b" / "table.csv", KeyboardInterrupt())
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_a_folder_is_refused_and_nothing_is_left(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(UnusableInputError, match=r"table\.csv can't be written"):
        ensure_writable(tmp_path / "file" / "folder" / "table.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_is_no_file_to_write(tmp_path: Path):
    with pytest.raises(UnusableInputError, match="it is a folder"):
        ensure_writable(tmp_path)
    with pytest.raises(UnusableInputError, match="it is a folder"), atomic_path(tmp_path):
        pass


def test_a_writable_place_is_left_as_it_was(tmp_path: Path):
    (tmp_path / "older.csv").write_text("older", encoding="utf-8")
    ensure_writable(tmp_path / "older.csv")
    ensure_writable(tmp_path / "a" / "b" / "table.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["older.csv"]
    assert (tmp_path / "older.csv").read_text(encoding="utf-8") == "older"


def test_a_name_of_the_greatest_length_can_be_written(tmp_path: Path):
    final = tmp_path / ("x" * 247 + ".nii.gz")
    with atomic_path(final) as temporary:
        temporary.touch()
    assert final.exists()


def test_a_full_disk_is_a_lack_of_resources(tmp_path: Path):
    full = writing_error(tmp_path / "table.csv", OSError(errno.ENOSPC, "No space left on device"))
    assert isinstance(full, ResourceError)
    assert str(full).startswith(f"The disk is full: {tmp_path / 'table.csv'} could not be written.")


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("a.nii.gz", ".nii.gz"), ("A.NII.GZ", ".nii.gz"), ("a.b.nrrd", ".nrrd"), ("a.seg.nrrd", ".seg.nrrd"), ("a", "")],
)
def test_the_suffix_tells_the_form(name: str, suffix: str, tmp_path: Path):
    assert full_suffix(tmp_path / name) == suffix


def _fail_in_the_middle(final: Path, failure: BaseException) -> None:
    with atomic_path(final) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise failure
