"""Freed memory is kept while a network runs, and given back afterwards."""

from __future__ import annotations

import subprocess
import sys

import pytest

MEGABYTE = 2**20

# A process of its own, since the settings are the process'.
PROGRAM = """
import ctypes, pathlib
from LightMSegmentationLib.freed_memory import freed_memory_kept

library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.free.argtypes = [ctypes.c_void_p]
size = 256 * 2**20

def resident():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4096

before = resident()
with freed_memory_kept():
    block = library.malloc(size)
    ctypes.memset(block, 1, size)
    library.free(block)
    print(resident() - before)
print(resident() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc can be told what to do with freed memory")
def test_a_freed_block_stays_until_the_end_and_no_longer() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    inside, after = (int(line) for line in done.stdout.split())
    assert inside > 250 * MEGABYTE
    assert after < 10 * MEGABYTE


def test_it_does_no_harm_where_there_is_no_glibc(monkeypatch: pytest.MonkeyPatch) -> None:
    from LightMSegmentationLib import freed_memory

    monkeypatch.setattr(sys, "platform", "win32")
    with freed_memory.freed_memory_kept():
        block = bytes(MEGABYTE)
    assert len(block) == MEGABYTE
