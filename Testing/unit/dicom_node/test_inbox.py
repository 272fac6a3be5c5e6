"""What is received lies in the folder whole, under a safe name, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.dicom_node.inbox import Inbox, InstanceName, RefusedInstanceError, identify

from Testing.unit.dicom_node.conftest import SERIES, STUDY, edited

if TYPE_CHECKING:
    from pathlib import Path

NAME = InstanceName("1.2", "1.2.3", "1.2.3.4")


def bytes_of(path: Path, dataset: object) -> bytes:
    dataset.save_as(path)
    return path.read_bytes()


def test_an_instance_is_named_by_its_own_identifiers(study: list[Path]) -> None:
    name = identify(study[0].read_bytes())
    assert (name.study, name.series) == (STUDY, SERIES)
    assert name.instance.startswith("1.2.826.")


def test_an_instance_is_stored_byte_by_byte(study: list[Path], tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox")
    data = study[0].read_bytes()
    inbox.store(NAME, data)
    (file,) = inbox.files_of("1.2")
    assert file == tmp_path / "inbox" / "1.2" / "1.2.3" / "1.2.3.4.dcm"
    assert file.read_bytes() == data
    assert inbox.studies() == ["1.2"]


def test_the_same_instance_again_changes_nothing_and_another_content_replaces_it(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    inbox.store(NAME, b"first")
    (file,) = inbox.files_of("1.2")
    before = file.stat()
    inbox.store(NAME, b"first")
    assert file.stat().st_ino == before.st_ino
    inbox.store(NAME, b"second")
    assert file.read_bytes() == b"second"


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("tag", ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"])
@pytest.mark.parametrize("uid", ["../../etc/passwd", "..", ".", "", "1.2/3", "1..2", "1.2.", "C:1", "1" * 65])
def test_identifiers_that_could_lead_elsewhere_are_refused(
    study: list[Path], tmp_path: Path, tag: str, uid: str
) -> None:
    dataset = edited(study[0])
    dataset[tag]._value = uid
    with pytest.raises(RefusedInstanceError, match=f"its {tag} is missing or malformed"):
        identify(bytes_of(tmp_path / "bad.dcm", dataset))


@pytest.mark.parametrize("data", [b"", b"no DICOM at all", bytes(128) + b"DICM" + b"\xff" * 200])
def test_what_is_no_dicom_is_refused(data: bytes) -> None:
    with pytest.raises(RefusedInstanceError):
        identify(data)


def test_what_a_killed_node_left_unfinished_is_removed(tmp_path: Path) -> None:
    Inbox(tmp_path)
    (tmp_path / ".unfinished" / "half").write_bytes(b"ha")
    inbox = Inbox(tmp_path)
    assert inbox.studies() == []
    assert list((tmp_path / ".unfinished").iterdir()) == []


def test_nothing_is_left_of_an_instance_that_can_not_be_put_into_place(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path)
    (tmp_path / "1.2").write_bytes(b"a file where the study's folder should be")
    with pytest.raises(OSError, match=r"exists|directory"):
        inbox.store(NAME, b"data")
    assert list((tmp_path / ".unfinished").iterdir()) == []
