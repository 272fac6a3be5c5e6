"""Bytes from a pipe, cut into lines of text."""

from __future__ import annotations


class LineSplitter:
    """Collects chunks of UTF-8 and returns the lines that became complete; bytes that are none of it are marked."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[str]:
        """Take in a chunk and return its complete lines, without line ends or empty lines."""
        *complete, self._rest = (self._rest + data).split(b"\n")
        return [text for line in complete if (text := line.decode("utf-8", "replace").rstrip("\r"))]
