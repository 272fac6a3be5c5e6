"""A folder of small CT scans, and a batch over it with the scripted engine."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.batch.runner import BatchOrder, run_batch
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.progress import SilentMonitor

from Testing.data.scripted_engine import ScriptedEngine
from Testing.unit.batch.small_scans import write_scan

if TYPE_CHECKING:
    from pathlib import Path

    from LightMSegmentationLib.batch.outcome import BatchEvent


SOURCE, TARGET = "Eingang 肝", "Ausgang"


def make_source(folder: Path) -> Path:
    """Make a folder with two scans and a broken one: ``a``, ``sub/é`` and ``broken``."""
    write_scan(folder / "a.nii.gz")
    write_scan(folder / "sub" / "é.nrrd", seed=1)
    (folder / "broken.nii.gz").write_bytes(b"no scan")
    return folder


def order_in(folder: Path) -> BatchOrder:
    """Return the batch over the scans in ``folder``."""
    return BatchOrder(folder / SOURCE, folder / TARGET, SegmentationSettings(model="script:tiles=2"), "model 1")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return make_source(tmp_path / SOURCE)


@pytest.fixture
def order(source: Path) -> BatchOrder:
    return order_in(source.parent)


@pytest.fixture(scope="session")
def finished_batch(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[BatchEvent]]:
    """Return a folder with the scans and the results of a batch that was run once for all tests, and its events."""
    folder = tmp_path_factory.mktemp("batch")
    make_source(folder / SOURCE)
    return folder, list(run_batch(order_in(folder), ScriptedEngine().segment, SilentMonitor()))


@pytest.fixture
def first_events(finished_batch: tuple[Path, list[BatchEvent]]) -> list[BatchEvent]:
    """Return what the run of the finished batch told."""
    return finished_batch[1]


@pytest.fixture
def finished(finished_batch: tuple[Path, list[BatchEvent]], tmp_path: Path) -> BatchOrder:
    """Return the order of a batch that was run once, in a copy of its folders."""
    shutil.copytree(finished_batch[0], tmp_path, dirs_exist_ok=True)
    return order_in(tmp_path)
