"""Compiled kernels are kept in the user's cache folder, never beside the code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba", reason="numba is not installed")

from LightMSegmentationLib.network.selective_scan import kernel_cache
from LightMSegmentationLib.user_folders import cache_folder

TINY_SCAN = (
    "from LightMSegmentationLib.network.selective_scan import available_backends;"
    "assert [r for r in available_backends() if r.name == 'numba'][0].available"
)


def scan_in_a_new_process(**environment: str) -> None:
    subprocess.run([sys.executable, "-c", TINY_SCAN], env={**os.environ, **environment}, check=True)


def test_the_folder_is_named_after_numba_and_the_sources():
    assert kernel_cache.kernel_folder().parent == cache_folder()
    assert numba_version() in kernel_cache.kernel_folder().name


def numba_version() -> str:
    import numba

    return numba.__version__


@pytest.mark.skipif(sys.platform != "linux", reason="the cache folder is set by XDG_CACHE_HOME on Linux only")
def test_kernels_are_written_to_the_users_cache_and_not_beside_the_code(tmp_path):
    scan_in_a_new_process(XDG_CACHE_HOME=str(tmp_path))
    assert list(tmp_path.glob("lightm-unet/kernels-numba-*/**/*.nbc"))
    assert not list(Path(kernel_cache.__file__).parent.rglob("*.nbc"))


def test_every_source_with_a_kernel_counts_for_the_name_of_the_folder_and_no_other(tmp_path):
    kernel, inlined, other = (tmp_path / name for name in ("kernel.py", "inlined.py", "other.py"))
    kernel.write_text("import numba\nfrom inlined import twice\n")
    inlined.write_text("from numba.extending import intrinsic\n")
    other.write_text("import numpy\n")
    before = kernel_cache.digest_of_kernels(tmp_path)
    other.write_text("import scipy\n")
    assert kernel_cache.digest_of_kernels(tmp_path) == before
    inlined.write_text("from numba.extending import overload\n")
    assert kernel_cache.digest_of_kernels(tmp_path) != before


@pytest.mark.skipif(sys.platform != "linux", reason="the cache folder is set by XDG_CACHE_HOME on Linux only")
def test_in_a_folder_chosen_for_numba_the_kernels_have_one_of_their_own_named_after_the_sources_too(tmp_path):
    scan_in_a_new_process(XDG_CACHE_HOME=str(tmp_path / "user"), NUMBA_CACHE_DIR=str(tmp_path / "chosen"))
    (folder,) = (tmp_path / "chosen" / "lightm-unet").iterdir()
    assert folder.name == kernel_cache.kernel_folder().name
    assert list(folder.rglob("*.nbc"))
    assert not (tmp_path / "user").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the cache folder is set by XDG_CACHE_HOME on Linux only")
def test_without_a_writable_cache_folder_the_scan_works_and_nothing_is_written_beside_the_code(tmp_path):
    (tmp_path / "a file").touch()
    scan_in_a_new_process(XDG_CACHE_HOME=str(tmp_path / "a file"))
    assert not list(Path(kernel_cache.__file__).parent.rglob("*.nb?"))


@pytest.mark.skipif(sys.platform != "linux", reason="the cache folder is set by XDG_CACHE_HOME on Linux only")
def test_a_full_disk_does_not_keep_kernels_from_running(tmp_path):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"
    subprocess.run(
        [sys.executable, "-c", limit + TINY_SCAN], env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)}, check=True
    )
    assert not list(tmp_path.rglob("*.nbc"))


@pytest.mark.skipif(sys.platform != "linux", reason="the cache folder is set by XDG_CACHE_HOME on Linux only")
def test_kernels_of_old_versions_are_removed_but_the_newest_few(tmp_path):
    for age in range(6):
        folder = tmp_path / "lightm-unet" / f"kernels-numba-0.1-{age}"
        folder.mkdir(parents=True)
        os.utime(folder, (1e9 - age, 1e9 - age))
    (tmp_path / "lightm-unet" / "archives").mkdir()
    use = "from LightMSegmentationLib.network.selective_scan import forward_kernel"
    subprocess.run([sys.executable, "-c", use], env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)}, check=True)
    left = {folder.name for folder in (tmp_path / "lightm-unet").iterdir()}
    old = {f"kernels-numba-0.1-{age}" for age in range(3)}
    assert left == {"archives", kernel_cache.kernel_folder().name, *old}
