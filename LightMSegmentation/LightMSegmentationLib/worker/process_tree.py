"""Ending a process with all its children, on every platform, with nothing but the system's own means."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def end_process_tree(pids: Iterable[int]) -> None:
    """End the given processes and their children at once; those that are gone already are no error.

    Give both the process that was started and the one that said hello: Slicer's ``PythonSlicer`` is a launcher, and the
    worker behind it leads a session of its own.
    """
    for pid in pids:
        if os.name == "nt":
            _run_quietly(taskkill_command(pid))
        else:
            _end_group(pid)


def taskkill_command(pid: int) -> list[str]:
    """Return the command with which Windows ends a process and its children."""
    return ["taskkill", "/T", "/F", "/PID", str(pid)]


def _end_group(pid: int) -> None:
    """Kill the group that ``pid`` leads, or ``pid`` alone when it leads none."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _run_quietly(command: Sequence[str]) -> None:
    flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
    subprocess.run(command, capture_output=True, check=False, timeout=5.0, creationflags=flags)
