"""Real worker processes with the scripted engine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.settings import SegmentationSettings
from LightMSegmentationLib.worker.client import WorkerClient
from LightMSegmentationLib.worker.interpreter import WorkerLaunch, worker_launch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TEST_DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture
def temporary_parent(tmp_path: Path) -> Path:
    folder = tmp_path / "Übergabe 肝"
    folder.mkdir()
    return folder


@pytest.fixture
def scripted_launch(temporary_parent: Path) -> WorkerLaunch:
    return worker_launch(
        Path(sys.executable),
        environment=os.environ,
        search_paths=[TEST_DATA],
        options=["--engine", "scripted_engine:ScriptedEngine", "--temporary-folder", str(temporary_parent)],
    )


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def worker(scripted_launch: WorkerLaunch, log: list[str]) -> Iterator[WorkerClient]:
    with WorkerClient(scripted_launch, log.append) as client:
        yield client


@pytest.fixture
def script() -> Callable[[str], SegmentationSettings]:
    """Return settings whose run follows a script of the scripted engine."""
    return lambda text: SegmentationSettings(model=f"script:{text}")


@pytest.fixture
def ct() -> Volume:
    """Return a liver of 4x4x4 voxels with a tumor of 2x1x1, off center in a box of air, on an oblique grid."""
    array = np.full((6, 8, 10), -1000, np.int16)
    array[1:5, 2:6, 3:7] = 110
    array[2, 3, 4:6] = 50
    direction = (0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    return Volume(array, Grid((10, 8, 6), (1.0, 2.0, 3.0), (-5.0, 7.5, 100.0), direction))


@pytest.fixture
def expected_labels(ct: Volume) -> np.ndarray:
    labels = np.zeros(ct.grid.shape, np.uint8)
    labels[ct.array == 110] = 1
    labels[ct.array == 50] = 2
    return labels
