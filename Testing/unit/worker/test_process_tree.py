"""Ending a process with its children."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from LightMSegmentationLib.worker.process_tree import end_process_tree, taskkill_command

FAMILY = """
import subprocess, sys
program = "import sys; print('born', flush=True); sys.stdin.read()"
child = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
sys.stdin.read()
"""


def family(*, own_session: bool) -> subprocess.Popen[str]:
    """Start a process with a child that inherits its output; return when the child lives."""
    process = subprocess.Popen(
        [sys.executable, "-c", FAMILY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=own_session,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "born\n"
    return process


def test_the_children_end_with_the_leader_of_their_session() -> None:
    with family(own_session=True) as process:
        end_process_tree([process.pid])
        assert process.stdout is not None
        assert process.stdout.read() == ""  # the end of the pipe comes when the child, too, has closed it


@pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups")
def test_a_process_that_leads_no_group_ends_alone_and_takes_nobody_along() -> None:
    with family(own_session=False) as process:
        end_process_tree([process.pid])
        assert process.wait(5.0) == -9


def test_a_process_that_is_gone_is_no_error() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    end_process_tree([process.pid, process.pid])
    assert process.returncode == 0


def test_windows_is_told_to_take_the_children_along() -> None:
    assert taskkill_command(42) == ["taskkill", "/T", "/F", "/PID", "42"]
