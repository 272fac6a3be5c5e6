"""What a browser may send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.errors import UnusableInputError
from LightMSegmentationLib.review.uploads import UploadFolder

if TYPE_CHECKING:
    from pathlib import Path

DICOM = b"\0" * 128 + b"DICM"


@pytest.fixture
def uploads(tmp_path: Path) -> UploadFolder:
    return UploadFolder(tmp_path, most_bytes=1000, most_files=3)


def test_a_scan_is_kept_under_its_own_name(uploads: UploadFolder) -> None:
    path = uploads.place_for("liver scan.nii.gz")
    path.write_bytes(b"content")
    assert path == uploads.folder / "liver scan.nii.gz"
    assert uploads.received() == path


@pytest.mark.parametrize("name", ["../../etc/cron.nii", "..\\..\\start.nii", "/etc/passwd.nii", "a/b/../../c.nii"])
def test_no_name_leads_out_of_the_folder(uploads: UploadFolder, name: str) -> None:
    assert uploads.place_for(name).parent == uploads.folder


def test_a_name_of_unusual_characters_becomes_a_usual_one(uploads: UploadFolder) -> None:
    assert uploads.place_for("Läber\0;rm.nii").name == "L_ber__rm.nii"
    assert uploads.place_for(".hidden.nrrd").name == "hidden.nrrd"


@pytest.mark.parametrize("name", ["run.exe", "page.html", "scan.zip", "scene.mrb", "notes.txt"])
def test_what_is_no_scan_is_refused_by_its_ending(uploads: UploadFolder, name: str) -> None:
    with pytest.raises(UnusableInputError, match="is no scan"):
        uploads.place_for(name)


def test_too_many_bytes_are_refused_while_they_come(uploads: UploadFolder) -> None:
    uploads.add(600)
    uploads.add(400)
    with pytest.raises(UnusableInputError, match="larger than"):
        uploads.add(1)


def test_too_many_files_are_refused(uploads: UploadFolder) -> None:
    for number in range(3):
        uploads.place_for(f"{number}.dcm")
    with pytest.raises(UnusableInputError, match="More than 3 files"):
        uploads.place_for("3.dcm")


def test_dicom_slices_of_the_same_name_are_kept_apart_and_make_a_folder(uploads: UploadFolder) -> None:
    for _ in range(2):
        uploads.place_for("IM0001").write_bytes(DICOM)
    assert uploads.received() == uploads.folder
    assert len(list(uploads.folder.iterdir())) == 2


def test_what_only_looks_like_dicom_is_dropped(uploads: UploadFolder) -> None:
    uploads.place_for("1.2.840.5").write_bytes(DICOM)
    uploads.place_for("VERSION").write_bytes(b"7")
    assert uploads.received().read_bytes() == DICOM


def test_a_folder_without_dicom_is_refused(uploads: UploadFolder) -> None:
    uploads.place_for("README").write_bytes(b"hello")
    with pytest.raises(UnusableInputError, match="None of the files is DICOM"):
        uploads.received()


def test_nothing_is_refused(uploads: UploadFolder) -> None:
    with pytest.raises(UnusableInputError, match="Nothing was sent"):
        uploads.received()


def test_the_next_scan_begins_with_an_empty_folder(uploads: UploadFolder) -> None:
    uploads.place_for("old.nii").write_bytes(b"old")
    uploads.add(900)
    uploads.clear()
    uploads.add(900)
    assert list(uploads.folder.iterdir()) == []
