"""The client's side of the protocol alone: bytes in, bytes and events out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.progress import Stage
from LightMSegmentationLib.segment_role import LIVER_AND_TUMOR
from LightMSegmentationLib.worker import protocol
from LightMSegmentationLib.worker.conversation import Completed, Conversation, Heard, Logged, State

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.imaging.volume import Volume

SETTINGS = SegmentationSettings()
PROGRESS = protocol.Progress(1, Stage.LOCATE, 1, 2, 0.5, None)


class Talk:
    """A conversation whose other end is this test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sent: list[dict] = []
        self.heard: list[Heard] = []
        self.conversation = Conversation(lambda data: self.sent.append(json.loads(data)), self.heard.append)

    def say_hello(self, version: int = protocol.PROTOCOL_VERSION) -> None:
        self.say(protocol.Hello(version, 1, str(self.folder), "python", {}))

    def say(self, event: protocol.Event) -> None:
        self.conversation.feed(protocol.encode(event))

    def ends(self) -> list[Heard]:
        return [event for event in self.heard if isinstance(event, (Completed, protocol.Failed, protocol.Probed))]

    def only_failure(self) -> protocol.Failed:
        (failure,) = self.ends()
        assert isinstance(failure, protocol.Failed)
        return failure


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    return Talk(tmp_path)


def segmented(labels: str | None) -> protocol.Segmented:
    return protocol.Segmented(1, labels, None, (), (), "cpu", "numba", "m", "1", {}, {}, LIVER_AND_TUMOR, {})


def test_a_job_waits_for_the_hello(talk: Talk, ct: Volume) -> None:
    talk.conversation.segment(ct, SETTINGS)
    assert talk.sent == []
    assert list(talk.folder.iterdir()) == []
    talk.say_hello()
    assert talk.sent[0]["kind"] == "segment"
    np.testing.assert_array_equal(np.load(talk.folder / talk.sent[0]["voxels"]), ct.array)


def test_only_one_job_at_a_time(talk: Talk) -> None:
    talk.conversation.probe(SETTINGS)
    with pytest.raises(RuntimeError, match="busy"):
        talk.conversation.probe(SETTINGS)


def test_the_listener_may_start_the_next_job_when_one_ends(talk: Talk) -> None:
    numbers: list[int] = []

    def again(event: Heard) -> None:
        if isinstance(event, protocol.Failed) and len(numbers) < 2:
            numbers.append(conversation.probe(SETTINGS))

    conversation = Conversation(lambda _: None, again)
    conversation.probe(SETTINGS)
    for job in (1, 2):
        conversation.feed(protocol.encode(protocol.Hello(protocol.PROTOCOL_VERSION, 1, str(talk.folder), "python", {})))
        conversation.feed(protocol.encode(protocol.Failed(job, "internal", None, "", "", "")))
    assert numbers == [2, 3]


def test_labels_come_back_and_their_file_goes(talk: Talk, ct: Volume) -> None:
    talk.say_hello()
    talk.conversation.segment(ct, SETTINGS)
    np.save(talk.folder / "labels-1.npy", np.ones(ct.grid.shape, np.uint8))
    talk.say(segmented("labels-1.npy"))
    (end,) = talk.ends()
    assert isinstance(end, Completed)
    assert end.result.labels is not None
    assert end.result.labels.grid == ct.grid
    assert not (talk.folder / "labels-1.npy").exists()


@pytest.mark.parametrize("name", ["../labels.npy", "labels-1.npy"])
def test_labels_that_are_missing_or_elsewhere_are_a_failure(talk: Talk, ct: Volume, name: str) -> None:
    talk.say_hello()
    talk.conversation.segment(ct, SETTINGS)
    talk.say(segmented(name))
    assert talk.only_failure().code == "usage"
    assert talk.conversation.state is State.READY


def test_labels_of_another_shape_are_a_failure(talk: Talk, ct: Volume) -> None:
    talk.say_hello()
    talk.conversation.segment(ct, SETTINGS)
    np.save(talk.folder / "labels-1.npy", np.ones((1, 2, 3), np.uint8))
    talk.say(segmented("labels-1.npy"))
    assert "does not match" in talk.only_failure().cause


def test_a_cancelled_job_ends_as_cancelled_even_when_its_answer_was_on_the_way(talk: Talk, ct: Volume) -> None:
    talk.say_hello()
    talk.conversation.segment(ct, SETTINGS)
    talk.conversation.cancel()
    assert talk.sent[-1] == {"kind": "cancel", "id": 1}
    np.save(talk.folder / "labels-1.npy", np.ones(ct.grid.shape, np.uint8))
    talk.say(segmented("labels-1.npy"))
    assert talk.only_failure().code == "cancelled"
    assert not (talk.folder / "labels-1.npy").exists()


def test_no_progress_is_heard_after_cancelling(talk: Talk) -> None:
    talk.say_hello()
    talk.conversation.probe(SETTINGS)
    talk.say(PROGRESS)
    talk.conversation.cancel()
    talk.say(PROGRESS)
    assert talk.heard.count(PROGRESS) == 1


def test_cancelling_before_the_hello_sends_no_job(talk: Talk, ct: Volume) -> None:
    talk.conversation.segment(ct, SETTINGS)
    talk.conversation.cancel()
    talk.say_hello()
    assert talk.sent == []
    assert talk.only_failure().code == "cancelled"
    assert talk.conversation.state is State.READY


def test_a_process_killed_while_cancelling_counts_as_cancelled(talk: Talk) -> None:
    talk.say_hello()
    talk.conversation.probe(SETTINGS)
    talk.conversation.cancel()
    talk.conversation.ended(-9)
    assert talk.only_failure().code == "cancelled"
    assert talk.conversation.state is State.ENDED


@pytest.mark.parametrize(
    ("returncode", "words"),
    [(23, "with exit code 23"), (-11, r"by signal 11 (SIGSEGV)"), (-99, "by signal 99"), (None, "unexpectedly")],
)
def test_a_crash_is_described_and_brings_what_was_printed(talk: Talk, returncode: int | None, words: str) -> None:
    talk.say_hello()
    talk.conversation.probe(SETTINGS)
    talk.conversation.feed_log(b"Fatal error: \xff\nlast wor")
    talk.conversation.feed_log(b"ds\n")
    talk.conversation.ended(returncode)
    failure = talk.only_failure()
    assert failure.code == "worker-crashed"
    assert words in failure.cause
    assert failure.details == "Fatal error: \ufffd\nlast words"


def test_an_end_between_jobs_is_no_failure(talk: Talk) -> None:
    talk.say_hello()
    talk.conversation.ended(0)
    assert talk.ends() == []
    with pytest.raises(RuntimeError, match="has ended"):
        talk.conversation.probe(SETTINGS)


def test_a_process_that_never_was_says_what_to_check(talk: Talk) -> None:
    talk.conversation.probe(SETTINGS)
    talk.conversation.failed_to_start("No such file")
    failure = talk.only_failure()
    assert failure.code == "environment-or-model"
    assert "Other Python" in failure.advice
    assert "LIGHTM_WORKER_PYTHON" in failure.advice


def test_another_protocol_version_is_a_failure_with_advice(talk: Talk) -> None:
    talk.conversation.probe(SETTINGS)
    talk.say_hello(version=99)
    failure = talk.only_failure()
    assert "another version (99)" in failure.cause
    assert talk.sent == []


def test_what_is_no_message_is_logged(talk: Talk) -> None:
    talk.conversation.feed(b"a library greets\n{}\n" + protocol.encode(PROGRESS))
    assert [event.text for event in talk.heard if isinstance(event, Logged)] == [
        "a library greets",
        "Ignored a message of the worker: unknown message kind None",
        "Ignored 'progress' of job 1",
    ]


def test_a_closed_input_is_noted_and_the_end_makes_the_failure(tmp_path: Path) -> None:
    def broken(_: bytes) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    heard: list[Heard] = []
    conversation = Conversation(broken, heard.append)
    conversation.feed(protocol.encode(protocol.Hello(protocol.PROTOCOL_VERSION, 1, str(tmp_path), "python", {})))
    conversation.probe(SETTINGS)
    conversation.ended(1)
    assert Logged("The worker's input is closed (Broken pipe).") in heard
    assert isinstance(heard[-1], protocol.Failed)


def test_a_folder_that_is_gone_is_a_failure_of_the_job_only(talk: Talk, ct: Volume) -> None:
    talk.folder = talk.folder / "gone"
    talk.say_hello()
    talk.conversation.segment(ct, SETTINGS)
    assert talk.only_failure().code == "internal"
    assert talk.conversation.state is State.READY
