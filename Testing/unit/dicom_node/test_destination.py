"""Another node by its address, and what becomes of files sent to it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.dicom_node.destination import Destination, SendError, checked_title
from LightMSegmentationLib.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from Testing.unit.dicom_node.conftest import Archive


def test_an_address_is_read_and_written_in_the_same_form() -> None:
    assert Destination.parse("PACS@10.0.0.5:104") == Destination("PACS", "10.0.0.5", 104)
    assert str(Destination.parse("PACS@pacs.example:11112")) == "PACS@pacs.example:11112"
    assert Destination.parse("PACS@[::1]:104").host == "::1"


@pytest.mark.parametrize("text", ["", "PACS", "PACS@host", "@host:104", "PACS@host:0", "PACS@host:65536", "P@h:x"])
def test_anything_else_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="AET@HOST:PORT"):
        Destination.parse(text)


@pytest.mark.parametrize("title", ["", " ", "A" * 17, "A\\B", "Ä", "A\n"])
def test_a_title_that_dicom_does_not_allow_is_a_usage_error(title: str) -> None:
    with pytest.raises(UsageError, match="no application entity title"):
        checked_title(title)


def test_files_arrive(archive: Archive, study: list[Path]) -> None:
    Destination("ARCHIVE", "127.0.0.1", archive.port).send(study[:3], "LIGHTM")
    assert [dataset.InstanceNumber for dataset in archive.received] == [1, 2, 3]


def test_a_refused_file_is_an_error_with_its_status(archive: Archive, study: list[Path]) -> None:
    archive.status = 0xA700
    with pytest.raises(SendError, match=r"refused image000\.dcm \(status 0xA700\)"):
        Destination("ARCHIVE", "127.0.0.1", archive.port).send(study[:1], "LIGHTM")


def test_a_node_that_is_not_there_is_an_error(study: list[Path]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = Destination("ARCHIVE", "127.0.0.1", free.getsockname()[1])
        with pytest.raises(SendError, match="can't be reached"):
            nobody.send(study[:1], "LIGHTM")
