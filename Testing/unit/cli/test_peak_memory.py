"""The most memory that a command and its children held."""

from __future__ import annotations

import subprocess
import sys

from LightMSegmentationLib.cli.peak_memory import tree_memory


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
        "    bytearray(300_000_000)\n"
        "print(memory.bytes)"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(finished.stdout) > 300_000_000


def test_what_the_caller_held_does_not_count():
    program = (
        "from LightMSegmentationLib.cli.peak_memory import PeakMemory\n"
        "with PeakMemory() as memory:\n"
        "    pass\n"
        "print(memory.bytes)"
    )
    block = bytearray(300_000_000)
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert 0 < int(finished.stdout) < len(block)
