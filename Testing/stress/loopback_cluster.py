"""A Dask scheduler and workers as processes of their own on this computer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import ExitStack

ROOT = Path(__file__).resolve().parents[2]
ENGINE = "Testing.data.scripted_engine:ScriptedEngine"


class Cluster:
    """A scheduler and workers as processes of their own, which keep what they must in ``folder``."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self.address = self._start(r"Scheduler at:\s+(tcp://\S+)", "scheduler", "--host", "127.0.0.1", "--port", "0")

    def add_worker(self, *options: str) -> int:
        """Start a worker, wait until it is registered, and return its process number."""
        self._start(r"Registered to:\s+(tcp://\S+)", "worker", self.address, "--nthreads", "1", "--no-nanny", *options)
        return self._last.pid

    def _start(self, ready: str, *arguments: str) -> str:
        own = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "DASK_TEMPORARY_DIRECTORY": str(self._folder)}
        self._last = subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments, "--no-dashboard"],
            cwd=ROOT,
            env={**os.environ, **own},
            stderr=subprocess.PIPE,
            text=True,
        )
        self._stack.callback(_end, self._last)
        assert self._last.stderr is not None
        for line in self._last.stderr:
            if found := re.search(ready, line):
                threading.Thread(target=self._last.stderr.read, daemon=True).start()
                return found[1]
        message = f"dask {arguments[0]} did not start"
        raise RuntimeError(message)


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
