"""`lightm listen` and Orthanc as processes of their own."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COMMAND = (sys.executable, "-m", "LightMSegmentationLib.cli.main", "listen")
SECONDS_TO_START = 60
SECONDS_TO_END = 60


@dataclass
class Listening:
    """A running `lightm listen`, its port, and the lines it wrote so far."""

    process: subprocess.Popen[str]
    port: int
    lines: list[str]

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and what was written to standard error."""
        self.process.send_signal(signal.SIGINT)
        assert self.process.stderr is not None
        errors = self.process.stderr.read()
        return self.process.wait(SECONDS_TO_END), errors


@contextmanager
def listening(*arguments: object, **options: Any) -> Iterator[Listening]:
    """Start `lightm listen` and give it when it listens; it is ended at last, gently or not."""
    words = [str(word) for word in (*COMMAND, *arguments)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert first.startswith("Listening as "), f"{first}{process.stderr.read() if process.stderr else ''}"
        lines = [first]
        reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()), daemon=True)
        reader.start()
        yield Listening(process, int(first.rstrip(".\n").rpartition(":")[2]), lines)
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def free_port() -> int:
    """Return a port of loopback that nobody listens on now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def wait_until(met: Callable[[], object], seconds: float) -> bool:
    """Look twice a second whether a condition is met."""
    end, pause = time.monotonic() + seconds, threading.Event()
    while not met():
        if time.monotonic() > end:
            return False
        pause.wait(0.5)
    return True


AUTOMATIC_ROUTING = """
function OnStoredInstance(instance, tags)
  if tags['Modality'] == 'CT' then SendToModality(instance, 'lightm') end
end
"""


@dataclass(frozen=True)
class Orthanc:
    """A running Orthanc that sends every CT image that it stores on to `lightm`."""

    dicom_port: int
    http_port: int

    def get(self, path: str) -> bytes:
        """Return what a page of the REST interface holds."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}", timeout=30) as answer:
            return answer.read()

    def answers(self) -> bool:
        """Tell whether the REST interface answers."""
        try:
            return bool(self.get("/system"))
        except OSError:
            return False

    def series(self, modality: str) -> list[dict[str, Any]]:
        """Return the stored series of a modality."""
        found = json.loads(self.get("/series?expand"))
        return [one for one in found if one["MainDicomTags"]["Modality"] == modality]


@contextmanager
def orthanc(program: Path, folder: Path, own_port: int, lightm_port: int) -> Iterator[Orthanc]:
    """Start Orthanc with an empty store in ``folder``; ``own_port`` is that of its DICOM service."""
    folder.mkdir()
    http_port = free_port()
    (folder / "route.lua").write_text(AUTOMATIC_ROUTING, encoding="utf-8")
    configuration = {
        "StorageDirectory": str(folder / "store"),
        "IndexDirectory": str(folder / "store"),
        "DicomAet": "ORTHANC",
        "DicomPort": own_port,
        "HttpPort": http_port,
        "RemoteAccessAllowed": False,
        "LuaScripts": [str(folder / "route.lua")],
        "DicomModalities": {"lightm": ["LIGHTM", "127.0.0.1", lightm_port]},
    }
    (folder / "orthanc.json").write_text(json.dumps(configuration), encoding="utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, folder / "orthanc.json"], cwd=folder, stdout=log, stderr=log)
        try:
            archive = Orthanc(own_port, http_port)
            assert wait_until(archive.answers, SECONDS_TO_START), (folder / "log").read_text(errors="replace")
            yield archive
        finally:
            process.terminate()
            process.wait(SECONDS_TO_END)
