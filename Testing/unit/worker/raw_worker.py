"""A worker without a client: bytes in, bytes out."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from LightMSegmentationLib.worker.process_tree import end_process_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from LightMSegmentationLib.imaging.volume import Volume
    from LightMSegmentationLib.worker.interpreter import WorkerLaunch


class RawWorker:
    """Speaks the protocol by hand."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.hello = self.hear("hello")
        self.folder = Path(self.hello["folder"])

    @property
    def input(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    def say(self, message: object) -> None:
        """Send a message, or text as it is."""
        line = message if isinstance(message, str) else json.dumps(message)
        self.input.write(line.encode() + b"\n")
        self.input.flush()

    def hear(self, kind: str) -> dict[str, Any]:
        """Return the next event of a kind."""
        assert self.process.stdout is not None
        return next(event for event in map(json.loads, self.process.stdout) if event["kind"] == kind)

    def ask_for(self, ct: Volume, script: str, job: int = 1) -> None:
        """Send a volume and ask for its segmentation."""
        np.save(self.folder / "ct.npy", ct.array)
        grid = {name: list(getattr(ct.grid, name)) for name in ("size", "spacing", "origin", "direction")}
        settings = {"model": f"script:{script}"}
        self.say({"kind": "segment", "id": job, "voxels": "ct.npy", "grid": grid, "settings": settings})


@contextmanager
def raw_worker(launch: WorkerLaunch, *options: str) -> Iterator[RawWorker]:
    """Start a worker; whatever happens, it does not outlive the block."""
    pipe = subprocess.PIPE
    process = subprocess.Popen([*launch.command, *options], stdin=pipe, stdout=pipe, env=dict(launch.environment))
    try:
        yield RawWorker(process)
    finally:
        end_process_tree([process.pid])
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream and not stream.closed:
                stream.close()
