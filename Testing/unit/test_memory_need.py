"""What a scan needs and what is available are known before the work begins."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import psutil
import pytest
from LightMSegmentationLib.available_memory import available_memory, held_memory, left_in_control_groups
from LightMSegmentationLib.engine import TorchEngine
from LightMSegmentationLib.errors import ResourceError
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.imaging.volume import Volume
from LightMSegmentationLib.inference.settings import Mode, SegmentationSettings
from LightMSegmentationLib.memory_need import check_memory, memory_need
from LightMSegmentationLib.progress import SilentMonitor

if TYPE_CHECKING:
    from pathlib import Path

GIB = 1024**3


def on_grid(*size: int) -> Grid:
    return Grid(size, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))


@pytest.mark.parametrize("mode", list(Mode))
def test_the_largest_scan_that_must_work_needs_less_than_6_gib(mode: Mode):
    assert memory_need(on_grid(600, 600, 900), mode) < 6 * GIB


def test_an_impossible_scan_is_refused_with_the_estimate():
    with pytest.raises(ResourceError, match=r"This scan of 60000 x 60000 x 9000 voxels needs about \d+\.\d GiB"):
        check_memory(on_grid(60000, 60000, 9000), Mode.FULL)


def test_worker_batch_and_cluster_refuse_it_before_the_model_is_loaded():
    grid = on_grid(60000, 60000, 9000)
    scan = Volume(np.broadcast_to(np.int16(0), grid.shape), grid)
    settings = SegmentationSettings(Mode.FAST, model="no model of this name")
    with pytest.raises(ResourceError, match=r"needs about \d+\.\d GiB of memory in fast mode"):
        TorchEngine().segment(scan, settings, SilentMonitor())


def test_what_a_warm_worker_holds_counts_as_available(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("LightMSegmentationLib.memory_need.available_memory", lambda: 0.5 * GIB)
    monkeypatch.setattr("LightMSegmentationLib.memory_need.held_memory", lambda: 1 * GIB)
    check_memory(on_grid(10, 10, 10), Mode.FULL)
    monkeypatch.setattr("LightMSegmentationLib.memory_need.held_memory", lambda: 0)
    with pytest.raises(ResourceError, match=r"and 0\.5 GiB are available"):
        check_memory(on_grid(10, 10, 10), Mode.FULL)


def test_an_ordinary_scan_is_not_refused():
    check_memory(on_grid(10, 10, 10), Mode.FAST)


def group(folder: Path, **files: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(f"{content}\n")
    return folder


def test_a_limit_of_a_container_counts_and_cached_files_do_not(tmp_path: Path):
    (tmp_path / "own").write_text("0::/job/task\n")
    group(tmp_path / "cgroup" / "job" / "task", memory__max="max", memory__current=5)
    stat = "anon 10\ninactive_file 300"
    group(tmp_path / "cgroup" / "job", memory__max=1000, memory__current=900, memory__stat=stat)
    assert left_in_control_groups(tmp_path / "cgroup", tmp_path / "own") == 400


def test_limits_of_the_first_kind_of_control_groups_count_too(tmp_path: Path):
    (tmp_path / "own").write_text("5:cpu,cpuacct:/\n4:memory:/slurm/job\n0::/\n")
    names = {"memory__limit_in_bytes": 700, "memory__usage_in_bytes": 100, "memory__stat": "total_inactive_file 50"}
    group(tmp_path / "cgroup" / "memory" / "slurm" / "job", **names)
    group(tmp_path / "cgroup" / "memory", memory__limit_in_bytes=9223372036854771712, memory__usage_in_bytes=1)
    assert left_in_control_groups(tmp_path / "cgroup", tmp_path / "own") == 650


def test_without_control_groups_there_is_no_limit(tmp_path: Path):
    assert left_in_control_groups(tmp_path, tmp_path / "none") == float("inf")


def test_the_available_memory_is_a_sensible_number():
    assert 0 < available_memory() <= psutil.virtual_memory().total


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not tell without a package")
def test_the_memory_of_this_process_is_what_psutil_says():
    assert held_memory() == pytest.approx(psutil.Process().memory_info().rss, rel=0.1)
