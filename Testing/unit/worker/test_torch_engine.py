"""The worker with the real network: a small model on the phantom."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from LightMSegmentationLib.errors import CancelledError, ModelError
from LightMSegmentationLib.inference.settings import Mode, SegmentationSettings
from LightMSegmentationLib.progress import SilentMonitor
from LightMSegmentationLib.worker.client import WorkerClient
from LightMSegmentationLib.worker.interpreter import worker_launch

from Testing.data.phantom import abdomen_phantom

pytest.importorskip("torch", reason="torch is not installed: the network can't run")

if TYPE_CHECKING:
    from collections.abc import Iterator

    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.progress import Stage


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> SegmentationSettings:
    from Testing.data.tiny_model import write_tiny_model

    card = write_tiny_model(tmp_path_factory.mktemp("model"))
    return SegmentationSettings(mode=Mode.FAST, device="cpu", model=str(card))


@pytest.fixture(scope="module")
def phantom() -> Volume:
    return abdomen_phantom(spacing=(6.0, 6.0, 6.0))[0]


@pytest.fixture(scope="module")
def worker() -> Iterator[WorkerClient]:
    with WorkerClient(worker_launch(Path(sys.executable))) as client:
        yield client


class Stages:
    """Keeps the stages, and cancels at one."""

    def __init__(self, cancel_at: str = "") -> None:
        self.seen: list[str] = []
        self._cancel_at = cancel_at

    def report(self, stage: Stage, *_: int) -> None:
        self.seen.append(stage.value)
        if stage.value == self._cancel_at:
            raise CancelledError


def test_the_worker_finds_what_a_direct_call_finds(
    worker: WorkerClient, phantom: Volume, settings: SegmentationSettings
) -> None:
    from LightMSegmentationLib.inference.model import load_model
    from LightMSegmentationLib.inference.segment_volume import segment_volume

    found = worker.segment(phantom, settings)
    expected = segment_volume(phantom, load_model(settings), SilentMonitor())
    assert found.labels is not None
    assert expected.labels is not None
    np.testing.assert_array_equal(found.labels.array, expected.labels.array)
    assert found.findings == expected.findings
    assert (found.model, found.backend, found.device) == ("tiny", expected.backend, "cpu")


def test_the_model_stays_loaded_until_the_settings_change(
    worker: WorkerClient, phantom: Volume, settings: SegmentationSettings
) -> None:
    worker.segment(phantom, settings)
    pid = worker.pid
    stages = Stages()
    worker.segment(phantom, replace(settings, mode=Mode.FULL), stages)
    assert "delineate" in stages.seen
    assert worker.pid == pid


def test_cancelling_the_network_leaves_a_worker_that_works(
    worker: WorkerClient, phantom: Volume, settings: SegmentationSettings
) -> None:
    with pytest.raises(CancelledError):
        worker.segment(phantom, settings, Stages(cancel_at="locate"))
    assert worker.segment(phantom, settings).labels is not None


def test_the_probe_tells_what_runs(worker: WorkerClient, settings: SegmentationSettings) -> None:
    import torch

    found = worker.probe(settings)
    assert (found.device, found.torch_version) == ("cpu", torch.__version__)
    assert found.backend in [backend.name for backend in found.backends if backend.works]
    assert found.threads >= 1


def test_a_model_that_is_not_installed_is_named(worker: WorkerClient, phantom: Volume) -> None:
    with pytest.raises(ModelError, match="No model named 'nobodys'"):
        worker.segment(phantom, SegmentationSettings(model="nobodys"))
