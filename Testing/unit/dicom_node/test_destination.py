"""Another node by its address, and what becomes of files sent to it."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.dicom_node.destination import Destination, SendError, checked_title
from LightMSegmentationLib.errors import UsageError

from Testing.unit.dicom_node.conftest import associated, edited

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from Testing.unit.dicom_node.conftest import Archive


LONG = 60


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


def test_a_node_that_takes_a_file_and_never_answers_is_given_up_in_time(archive: Archive, study: list[Path]) -> None:
    archive.answering.clear()
    with pytest.raises(SendError, match=r"did not answer when image000\.dcm was sent"):
        Destination("ARCHIVE", "127.0.0.1", archive.port, answer_seconds=0.5).send(study, "LIGHTM")
    assert len(archive.received) == 1


def test_a_node_that_grants_no_association_and_says_nothing_is_given_up_in_time(study: list[Path]) -> None:
    with silent_listener() as port, pytest.raises(SendError, match="can't be reached"):
        Destination("ARCHIVE", "127.0.0.1", port, connection_seconds=0.5).send(study, "LIGHTM")


@contextmanager
def silent_listener() -> Iterator[int]:
    """Give a port where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_node_that_stops_reading_is_given_up_in_time(archive: Archive, study: list[Path], tmp_path: Path) -> None:
    large = edited(study[0])
    large.PixelData = bytes(32 << 20)  # more than lies in the buffers of a connection
    large.save_as(tmp_path / "large.dcm")
    with deaf_node(archive.port) as port, pytest.raises(SendError, match=r"did not answer when large\.dcm was sent"):
        Destination("ARCHIVE", "127.0.0.1", port, answer_seconds=0.5).send([tmp_path / "large.dcm"], "LIGHTM")
    assert archive.received == []


@contextmanager
def deaf_node(real_port: int) -> Iterator[int]:
    """Give a port where associations are granted as a real node grants them, and nothing is read after that."""
    ended = threading.Event()

    def serve() -> None:
        sender, _ = server.accept()
        with sender, socket.create_connection(("127.0.0.1", real_port)) as real:
            real.sendall(sender.recv(1 << 16))
            sender.sendall(real.recv(1 << 16))
            ended.wait()

    with socket.create_server(("127.0.0.1", 0)) as server:
        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            serving.join()


def test_an_answer_is_left_to_the_thread_that_waits_for_it(archive: Archive) -> None:
    association = associated(archive.port, "ARCHIVE")
    assert association is not None
    association.dimse.msg_queue.put((1, "answer"))
    looks_of_the_reactor = [association.dimse.get_msg(block=False) for _ in range(3)]
    assert looks_of_the_reactor == [(None, None)] * 3
    assert association.dimse.get_msg(block=True) == (1, "answer")
    association.release()


class SuspendedBehindTheGate(threading.Event):
    """The gate of an association's own thread, which is suspended right behind it once: after it was let through."""

    def __init__(self) -> None:
        super().__init__()
        self.set()
        self.passed, self.resumed, self.came_back = threading.Event(), threading.Event(), threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        """Let the thread through as a busy computer may."""
        if self.resumed.is_set():
            self.came_back.set()
        let_through = super().wait(timeout)
        self.passed.set()
        self.resumed.wait()
        return let_through


def test_an_answer_arrives_though_the_reactor_was_suspended_behind_its_gate_and_looks_first(
    archive: Archive, study: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    association = associated(archive.port, "ARCHIVE")
    assert association is not None
    gate, send, answers = SuspendedBehindTheGate(), association.dimse.send_msg, association.dimse.msg_queue
    association.dimse_timeout = 5
    association._reactor_checkpoint = gate
    assert gate.passed.wait(LONG)

    def send_and_let_the_reactor_look_first(*request: object) -> None:
        send(*request)
        with answers.not_empty:
            assert answers.not_empty.wait_for(answers._qsize, LONG)
        gate.resumed.set()
        assert gate.came_back.wait(LONG)

    monkeypatch.setattr(association.dimse, "send_msg", send_and_let_the_reactor_look_first)
    assert association.send_c_store(study[0]).get("Status") == 0
    association.release()
