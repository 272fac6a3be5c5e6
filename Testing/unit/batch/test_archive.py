"""Zipped studies are cases, and archives that could do harm are refused."""

from __future__ import annotations

import os
import stat
import tempfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.batch.archive import UnpackLimits, unpacked
from LightMSegmentationLib.batch.case_input import readable_path
from LightMSegmentationLib.batch.discover import discover
from LightMSegmentationLib.errors import LightMError, UnusableInputError
from LightMSegmentationLib.imaging.read import read_volume

from Testing.data.dicom_files import write_series
from Testing.data.tiny_ct import tiny_ct
from Testing.unit.batch.small_scans import write_scan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERIES = "1.2.826.0.1.3680043.2.1125.11111111"


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the temporary folder, which has to be empty in the end."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def zipped(folder: Path, archive: Path) -> Path:
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            file.write(path, path.relative_to(folder).as_posix())
    return archive


def zip_of(archive: Path, *members: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content)
    return archive


def test_a_zipped_study_is_found_and_read_like_a_folder(tmp_path: Path, temporary: Path) -> None:
    write_series(tmp_path / "study" / "ct", tiny_ct(), uid=SERIES, name="IM{:04d}")
    write_scan(tmp_path / "study" / "späte Phase.nii.gz")
    archive = zipped(tmp_path / "study", tmp_path / "in" / "Müller.zip")
    cases = discover(tmp_path / "in", tmp_path / "out").cases
    assert [(case.name, case.series_uid, case.files) for case in cases] == [
        ("Müller/ct", SERIES, (archive,)),
        ("Müller/späte Phase", None, (archive,)),
    ]
    for case in cases:
        with readable_path(case) as path:
            assert temporary in path.parents
            assert read_volume(path, case.series_uid).volume.grid.size == tiny_ct().grid.size


def test_an_archive_may_be_the_input_itself(tmp_path: Path) -> None:
    write_series(tmp_path / "study", tiny_ct(), uid=SERIES)
    archive = zipped(tmp_path / "study", tmp_path / "disc.zip")
    assert [case.name for case in discover(archive, tmp_path / "out").cases] == ["disc"]


def test_an_archive_without_a_ct_and_one_in_an_archive_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    inner = zip_of(tmp_path / "in" / "letters.zip", ("letter.txt", b"Dear colleague"))
    zip_of(tmp_path / "in" / "outer.zip", ("inner.zip", inner.read_bytes()))
    found = discover(tmp_path / "in", tmp_path / "out")
    assert found.cases == ()
    assert {part.name: part.reason for part in found.skipped} == {
        "letters": "holds no CT",
        "outer/inner.zip": "is an archive in an archive",
    }


def link(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ([("../../evil.nii.gz", b"x")], "lead out"),
        ([("a/../../evil.nii.gz", b"x")], "lead out"),
        ([("a\\..\\..\\evil.nii.gz", b"x")], "lead out"),
        ([("/etc/evil.nii.gz", b"x")], "absolute"),
        ([("C:\\evil.nii.gz", b"x")], "absolute"),
        ([("C:evil.nii.gz", b"x")], "absolute"),
        ([(link("scan"), b"/etc/passwd")], "links"),
        ([("a.nii.gz", b"x"), ("a.nii.gz/b", b"x")], "can't be unpacked|same name"),
        ([("a.nii.gz", b"x"), ("./a.nii.gz", b"x")], "same name"),
        ([(f"{'long' * 80}.nii.gz", b"x")], "can't be unpacked"),
    ],
)
def test_names_that_could_leave_the_folder_are_refused_and_nothing_is_written(
    tmp_path: Path, members: list[tuple[str | zipfile.ZipInfo, bytes]], says: str
) -> None:
    (tmp_path / "in").mkdir()
    zip_of(tmp_path / "in" / "evil.zip", *members)
    before = set(tmp_path.parent.rglob("*"))
    (case,) = discover(tmp_path / "in", tmp_path / "out").cases
    assert case.name == "evil"
    with pytest.raises(UnusableInputError, match=f"^evil.zip .*({says})"), readable_path(case):
        pass
    assert set(tmp_path.parent.rglob("*")) == before


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (UnpackLimits(files=2), "3 files, more than 2"),
        (UnpackLimits(total_bytes=100_000), "GiB, more than"),
        (UnpackLimits(harmless_bytes=100_000, ratio=50), "zip bombs"),
    ],
)
def test_archives_that_unpack_to_too_much_are_refused(tmp_path: Path, limits: UnpackLimits, says: str) -> None:
    archive = zip_of(tmp_path / "bomb.zip", *((f"{number}.nii", bytes(200_000)) for number in range(3)))
    with pytest.raises(UnusableInputError, match=says), unpacked(archive, limits):
        pass


def test_an_archive_that_lies_about_its_size_unpacks_to_no_more_than_it_declares(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "liar.zip", ("a.nii", bytes(1_000_000)))
    content = archive.read_bytes()
    true, false = (1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    archive.write_bytes(content.replace(true, false))
    with pytest.raises(LightMError, match="damaged"), unpacked(archive):
        pass


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04" + bytes(100)])
def test_a_damaged_archive_is_a_case_that_says_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cut.zip").write_bytes(content)
    (case,) = discover(tmp_path, tmp_path / "out").cases
    assert "cut.zip is damaged or no zip archive" in case.problem


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    archive = zip_of(tmp_path / "secret.zip", ("a.nii", b"x"))
    content = bytearray(archive.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(bytes(content))
    with pytest.raises(UnusableInputError, match="encrypted"), unpacked(archive):
        pass


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps private folders by other means than modes")
def test_what_was_unpacked_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    with unpacked(zip_of(tmp_path / "a.zip", ("a.nii", b"x"))) as folder:
        assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
