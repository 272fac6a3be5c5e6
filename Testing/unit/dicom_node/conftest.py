"""Another DICOM node on loopback, and studies to send."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.dicom_node.answers import hear_every_answer
from LightMSegmentationLib.worker.client import WorkerClient
from LightMSegmentationLib.worker.interpreter import worker_launch
from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt
from pynetdicom.sop_class import CTImageStorage, SegmentationStorage, Verification

from Testing.data.dicom_files import write_series
from Testing.unit.batch.small_scans import small_scan
from Testing.unit.dicom_export.conftest import of_a_patient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset
    from pynetdicom.association import Association
    from pynetdicom.events import Event

TEST_DATA = Path(__file__).resolve().parents[2] / "data"
STUDY, SERIES = "1.2.3", "1.2.3.7"


@dataclass
class Archive:
    """A node that keeps what it is sent, as long as it accepts it; it answers while ``answering`` is set."""

    port: int = 0
    status: int = 0x0000
    received: list[Dataset] = field(default_factory=list)
    changed: threading.Event = field(default_factory=threading.Event)
    answering: threading.Event = field(default_factory=threading.Event)

    def keep(self, event: Event) -> int:
        """Answer a C-STORE request."""
        if self.status == 0:
            dataset = event.dataset
            dataset.file_meta = event.file_meta
            self.received.append(dataset)
        self.changed.set()
        self.answering.wait()
        return self.status


@pytest.fixture
def archive() -> Iterator[Archive]:
    kept = Archive()
    kept.answering.set()
    entity = AE(ae_title="ARCHIVE")
    for kind in (CTImageStorage, SegmentationStorage):
        entity.add_supported_context(kind, ALL_TRANSFER_SYNTAXES)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, kept.keep)])
    kept.port = server.server_address[1]
    yield kept
    kept.answering.set()
    server.shutdown()


@pytest.fixture
def study(tmp_path: Path) -> list[Path]:
    """Return the files of a study with one CT series."""
    return sorted(write_series(tmp_path / "ct", small_scan(3), of_a_patient, uid=SERIES).iterdir())


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[WorkerClient]:
    """Return a client of a real worker process with the scripted engine."""
    launch = worker_launch(
        Path(sys.executable),
        environment=os.environ,
        search_paths=[TEST_DATA],
        options=["--engine", "scripted_engine:ScriptedEngine", "--temporary-folder", str(tmp_path)],
    )
    with WorkerClient(launch) as client:
        yield client


def send(port: int, files: list[Path | Dataset], title: str = "LIGHTM") -> list[int]:
    """Send files by C-STORE and return their statuses."""
    association = associated(port, title)
    assert association is not None
    statuses = [association.send_c_store(file).Status for file in files]
    association.release()
    return statuses


def echo(port: int, title: str = "LIGHTM") -> int | None:
    """Return the status of a C-ECHO, None when no association is granted."""
    association = associated(port, title)
    if association is None:
        return None
    status = association.send_c_echo().Status
    association.release()
    return status


def associated(port: int, title: str) -> Association | None:
    """Return an association with a node, None when it grants none."""
    entity = AE(ae_title="SENDER")
    entity.add_requested_context(CTImageStorage, ExplicitVRLittleEndian)
    entity.add_requested_context(Verification)
    association = entity.associate("127.0.0.1", port, ae_title=title)
    if not association.is_established:
        return None
    hear_every_answer(association)
    return association


def edited(file: Path, **attributes: str) -> Dataset:
    """Return the instance in a file with other attributes."""
    dataset = dcmread(file)
    for name, value in attributes.items():
        setattr(dataset, name, value)
    return dataset
