"""The worker's own copies of standard input and output, out of the reach of libraries that print."""

from __future__ import annotations

import io
import os
import sys
import threading
from typing import TYPE_CHECKING

from LightMSegmentationLib.worker.lines import LineSplitter
from LightMSegmentationLib.worker.protocol import Event, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 16


class Channel:
    """Lines in from the client and events out to it, each event whole, from any thread."""

    def __init__(self, source: int, sink: int) -> None:
        self._source = source
        self._sink = sink
        self._lock = threading.Lock()

    def send(self, event: Event) -> None:
        """Write one event.

        Raises
        ------
        OSError
            When the client is gone.
        """
        data = memoryview(encode(event))
        with self._lock:
            while data:
                data = data[os.write(self._sink, data) :]

    def lines(self) -> Iterator[str]:
        """Yield the lines that the client sends until it closes its end."""
        splitter = LineSplitter()
        # os.read and no buffered file: a daemon thread blocked in one would keep the interpreter from ending.
        while data := os.read(self._source, _CHUNK):
            yield from splitter.feed(data)


def claim_standard_streams() -> Channel:
    """Take file descriptors 0 and 1 for the protocol: from then on 0 is empty and 1 leads to standard error."""
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdout.flush()
    os.dup2(2, 1)
    if os.name == "nt":
        import msvcrt

        for descriptor in (source, sink):
            msvcrt.setmode(descriptor, os.O_BINARY)  # type: ignore[attr-defined,unused-ignore]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    return Channel(source, sink)
