"""A folder of small CT scans, and a batch over it with the scripted engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.batch.runner import BatchOrder
from LightMSegmentationLib.inference.settings import SegmentationSettings

from Testing.unit.batch.small_scans import write_scan

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a folder with two scans and a broken one: ``a``, ``sub/é`` and ``broken``."""
    folder = tmp_path / "Eingang 肝"
    write_scan(folder / "a.nii.gz")
    write_scan(folder / "sub" / "é.nrrd", seed=1)
    (folder / "broken.nii.gz").write_bytes(b"no scan")
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "Ausgang"


@pytest.fixture
def order(source: Path, target: Path) -> BatchOrder:
    return BatchOrder(source, target, SegmentationSettings(model="script:tiles=2"), "model 1")
