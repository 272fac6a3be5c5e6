"""Studies in by C-STORE, segmentations out by C-STORE, over real connections on loopback."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pynetdicom
import pytest
from LightMSegmentationLib.dicom_node.destination import Destination
from LightMSegmentationLib.dicom_node.node import Node, NodeSettings
from LightMSegmentationLib.dicom_node.storage_service import (
    CANNOT_UNDERSTAND,
    DOES_NOT_MATCH,
    SUCCESS,
    StorageService,
)
from LightMSegmentationLib.errors import UnusableInputError, UsageError
from LightMSegmentationLib.inference.settings import SegmentationSettings

from Testing.data.dicom_files import write_series
from Testing.unit.batch.small_scans import small_scan
from Testing.unit.dicom_export.conftest import of_a_patient
from Testing.unit.dicom_node.conftest import SERIES, STUDY, associated, echo, edited, send

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from LightMSegmentationLib.worker.client import WorkerClient
    from pydicom.dataset import Dataset

    from Testing.unit.dicom_node.conftest import Archive

LONG = 120


@pytest.fixture
def settings(tmp_path: Path, archive: Archive) -> NodeSettings:
    destination = Destination("ARCHIVE", "127.0.0.1", archive.port)
    return NodeSettings(
        tmp_path / "node", "LIGHTM", destination, 0.2, SegmentationSettings(model="script:tiles=1"), retry_seconds=0.2
    )


@pytest.fixture
def told() -> list[str]:
    return []


@contextmanager
def running(settings: NodeSettings, worker: WorkerClient, told: list[str]) -> Iterator[tuple[Node, StorageService]]:
    """Give a node that listens on a free port."""
    with (
        Node(settings, worker, told.append) as node,
        StorageService(node.inbox, ("127.0.0.1", 0), "LIGHTM", node.arrived) as service,
    ):
        yield node, service


def test_a_study_is_segmented_and_the_segmentation_sent(
    settings: NodeSettings, worker: WorkerClient, told: list[str], archive: Archive, study: list[Path]
) -> None:
    with running(settings, worker, told) as (node, service):
        assert send(service.port, study) == [SUCCESS] * len(study)
        assert node.serve_one(LONG) == STUDY
    (segmentation,) = archive.received
    assert segmentation.Modality == "SEG"
    assert segmentation.StudyInstanceUID == STUDY
    assert segmentation.ReferencedSeriesSequence[0].SeriesInstanceUID == SERIES
    assert (settings.folder / "results" / STUDY / f"{SERIES}.seg.dcm").is_file()
    assert not any("Müller" in line or "P-17" in line for line in told)


def test_every_ct_series_of_a_study_is_segmented(
    settings: NodeSettings, worker: WorkerClient, told: list[str], archive: Archive, study: list[Path], tmp_path: Path
) -> None:
    second = sorted(write_series(tmp_path / "second", small_scan(5), of_a_patient, uid="1.2.3.8").iterdir())
    with running(settings, worker, told) as (node, service):
        send(service.port, study + second)
        node.serve_one(LONG)
    sources = {dataset.ReferencedSeriesSequence[0].SeriesInstanceUID for dataset in archive.received}
    assert sources == {SERIES, "1.2.3.8"}


def test_what_is_finished_is_not_done_again_and_nothing_is_sent_twice(
    settings: NodeSettings, worker: WorkerClient, told: list[str], archive: Archive, study: list[Path]
) -> None:
    with running(settings, worker, told) as (node, service):
        send(service.port, study)
        node.serve_one(LONG)
        send(service.port, [*study, archive.received[0]][: len(study)])
        assert node.serve_one(LONG) == STUDY
    with running(settings, worker, told) as (node, _):
        assert node.serve_one(1.0) is None
    assert len(archive.received) == 1


def test_a_study_that_was_received_and_not_segmented_is_taken_up_by_the_next_node(
    settings: NodeSettings, worker: WorkerClient, told: list[str], archive: Archive, study: list[Path]
) -> None:
    with running(settings, worker, told) as (_, service):
        send(service.port, study)
    with running(settings, worker, told) as (node, _):
        assert node.serve_one(LONG) == STUDY
    assert len(archive.received) == 1


def test_a_segmentation_that_could_not_be_sent_is_sent_later(
    settings: NodeSettings, worker: WorkerClient, told: list[str], archive: Archive, study: list[Path]
) -> None:
    archive.status = 0xA700
    with running(settings, worker, told) as (node, service):
        send(service.port, study)
        node.serve_one(LONG)
        assert any("status 0xA700" in line for line in told)
    archive.status = 0x0000
    with running(settings, worker, told) as (node, _):
        node.serve_one(LONG)
    assert len(archive.received) == 1


def test_a_new_destination_gets_what_is_there(
    settings: NodeSettings, worker: WorkerClient, told: list[str], archive: Archive, study: list[Path]
) -> None:
    with running(replace(settings, destination=None), worker, told) as (node, service):
        send(service.port, study)
        node.serve_one(LONG)
    assert archive.received == []
    with running(settings, worker, told) as (node, _):
        node.serve_one(LONG)
    assert len(archive.received) == 1


def test_an_instance_that_comes_late_makes_its_series_due_again(
    settings: NodeSettings, worker: WorkerClient, told: list[str], archive: Archive, study: list[Path]
) -> None:
    with running(settings, worker, told) as (node, service):
        send(service.port, study[:-1])
        node.serve_one(LONG)
        send(service.port, study[-1:])
        node.serve_one(LONG)
    first, second = archive.received
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert len(second.ReferencedSeriesSequence[0].ReferencedInstanceSequence) == len(study)


def test_a_worker_that_dies_is_tried_again_a_few_times(
    settings: NodeSettings, worker: WorkerClient, told: list[str], study: list[Path]
) -> None:
    settings = replace(settings, segmentation=SegmentationSettings(model="script:end=crash"))
    with running(settings, worker, told) as (node, service):
        send(service.port, study)
        served = [node.serve_one(LONG) for _ in range(3)]
        assert node.serve_one(1.0) is None
    assert served == [STUDY] * 3
    assert told[-1].endswith("Tried again at the next start.")


def test_an_echo_is_answered_and_another_title_rejected(
    settings: NodeSettings, worker: WorkerClient, told: list[str]
) -> None:
    with running(settings, worker, told) as (_, service):
        assert echo(service.port) == SUCCESS
        assert echo(service.port, "SOMEBODY") is None


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_path_tricks_are_refused_and_nothing_is_written(
    settings: NodeSettings, worker: WorkerClient, told: list[str], study: list[Path], tmp_path: Path
) -> None:
    evil = edited(study[0])
    evil["StudyInstanceUID"]._value = "../../../evil"
    with running(settings, worker, told) as (node, service):
        assert send(service.port, [evil]) == [CANNOT_UNDERSTAND]
        assert node.inbox.studies() == []
    assert not list(tmp_path.rglob("evil*"))


def test_an_instance_other_than_announced_is_refused(
    settings: NodeSettings,
    worker: WorkerClient,
    told: list[str],
    study: list[Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pynetdicom._config, "STORE_SEND_CHUNKED_DATASET", True)  # announces what the file's start says
    announced = edited(study[0])
    announced.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4.5"
    announced.save_as(study[0])
    with running(settings, worker, told) as (node, service):
        assert send(service.port, study[:1]) == [DOES_NOT_MATCH]
        assert node.inbox.studies() == []


def test_two_nodes_never_share_a_folder(settings: NodeSettings, worker: WorkerClient, told: list[str]) -> None:
    with (
        running(settings, worker, told),
        pytest.raises(UnusableInputError, match="Another node uses the folder"),
        running(settings, worker, told),
    ):
        pass


def test_a_port_in_use_is_a_usage_error(settings: NodeSettings, worker: WorkerClient, told: list[str]) -> None:
    with (
        running(settings, worker, told) as (node, service),
        pytest.raises(UsageError, match=f"Port {service.port} of 127.0.0.1 can't be listened on"),
    ):
        StorageService(node.inbox, ("127.0.0.1", service.port), "LIGHTM", node.arrived)


def test_studies_are_received_while_the_destination_stalls(
    settings: NodeSettings, worker: WorkerClient, told: list[str], archive: Archive, study: list[Path], tmp_path: Path
) -> None:
    other = sorted(write_series(tmp_path / "other", small_scan(5), of_another_study, uid="1.2.4.7").iterdir())
    archive.answering.clear()
    with running(settings, worker, told) as (node, service):
        send(service.port, study)
        serving = threading.Thread(target=node.serve_one, args=(LONG,))
        serving.start()
        assert archive.changed.wait(LONG)
        assert send(service.port, other) == [SUCCESS] * len(other)
        assert serving.is_alive()
        archive.answering.set()
        serving.join()
        assert node.inbox.studies() == [STUDY, "1.2.4"]
    assert any(line.endswith(f"1 segmentations sent to {settings.destination}.") for line in told)


def of_another_study(dataset: Dataset, k: int) -> None:
    of_a_patient(dataset, k)
    dataset.StudyInstanceUID = "1.2.4"


def test_a_destination_that_stalls_too_long_is_tried_again(
    settings: NodeSettings, worker: WorkerClient, told: list[str], archive: Archive, study: list[Path]
) -> None:
    hasty = Destination("ARCHIVE", "127.0.0.1", archive.port, answer_seconds=0.5)
    archive.answering.clear()
    with running(replace(settings, destination=hasty), worker, told) as (node, service):
        send(service.port, study)
        node.serve_one(LONG)
        assert "did not answer" in told[-1]
        archive.answering.set()
        node.serve_one(LONG)
    assert told[-1].endswith(f"1 segmentations sent to {hasty}.")


def test_senders_that_stall_keep_nobody_else_out(
    settings: NodeSettings, worker: WorkerClient, told: list[str], study: list[Path]
) -> None:
    with (
        running(settings, worker, told) as (_, service),
        socket.create_connection(("127.0.0.1", service.port)),
    ):
        idle = associated(service.port, "LIGHTM")
        assert idle is not None
        assert send(service.port, study) == [SUCCESS] * len(study)
        idle.release()
