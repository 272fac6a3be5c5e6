"""A lock that the operating system frees when its process dies, however it dies."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

#: Windows locks a range of bytes against reading too: one far behind the content leaves the content readable.
_FAR_BEHIND = 1 << 30


class FileLock:
    """An exclusive lock on a file, with a note of who holds it as the file's text.

    Not reentrant, and not shared between the threads of a process.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None

    def acquire(self, note: str = "") -> bool:
        """Take the lock and write ``note``; return False at once when another process holds it."""
        file = self.path.open("a+b")
        if not _lock(file):
            file.close()
            return False
        file.truncate(0)
        file.write(note.encode())
        file.flush()
        self._file = file
        return True

    def read_note(self) -> str:
        """Return what the holder wrote about itself."""
        return self.path.read_bytes().decode("utf-8", "replace")

    def release(self) -> None:
        """Free the lock; the file stays."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _lock(file: BinaryIO) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(_FAR_BEHIND)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
