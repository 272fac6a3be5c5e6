"""What a scan needs and what is available are known before the work begins."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from LightMSegmentationLib.available_memory import available_memory, left_in_control_groups
from LightMSegmentationLib.cli.peak_memory import tree_memory
from LightMSegmentationLib.errors import ResourceError
from LightMSegmentationLib.imaging.grid import Grid
from LightMSegmentationLib.inference.settings import Mode
from LightMSegmentationLib.memory_need import check_memory, memory_need

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
    assert 0 < available_memory() < 2**50


def test_memory_of_child_processes_counts():
    program = (
        "import sys; block = bytearray(200_000_000); sys.stdout.write('ready'); sys.stdout.flush(); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.read(5) == b"ready"
        with_child = tree_memory()
        child.communicate()
    assert with_child - tree_memory() > 150_000_000


def test_a_short_peak_is_not_missed():
    program = (
        "from LightMSegmentationLib.cli.peak_memory import PeakMemory\n"
        "with PeakMemory() as memory:\n"
        "    bytes(300_000_000)\n"
        "print(memory.bytes)"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(finished.stdout) > 300_000_000
