"""The temporary folder through which voxels travel: only its owner can read it, and nobody's voxels stay behind."""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import time
from pathlib import Path

from LightMSegmentationLib.file_lock import FileLock

_PREFIX = "lightm-worker-"
_OWNER = "owner.json"
_SECONDS_TO_LOCK = 60.0

_log = logging.getLogger(__name__)


class PrivateFolder:
    """A folder of mode 0700 that belongs to this process; stale ones of dead processes are removed when it is made."""

    def __init__(self, parent: Path | None = None) -> None:
        parent = parent or Path(tempfile.gettempdir())
        remove_stale_folders(parent)
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        self._lock = FileLock(self.path / _OWNER)
        self._lock.acquire(json.dumps({"pid": os.getpid(), "started": time.time()}))

    def remove(self) -> None:
        """Remove the folder and all that is in it; may be called again."""
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)


def remove_stale_folders(parent: Path) -> None:
    """Remove this user's worker folders below ``parent`` whose owner no longer holds its lock."""
    for folder in parent.glob(f"{_PREFIX}*"):
        if _is_ours(folder) and _is_stale(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    if folder.is_symlink() or not folder.is_dir():
        return False
    return os.name == "nt" or folder.lstat().st_uid == os.getuid()


def _is_stale(folder: Path) -> bool:
    """Tell whether the owner is gone; a folder whose owner has not locked it yet is given time to."""
    owner = folder / _OWNER
    try:
        if not owner.is_file() or owner.stat().st_size == 0:
            return time.time() - folder.stat().st_mtime > _SECONDS_TO_LOCK
        lock = FileLock(owner)
        is_free = lock.acquire()
    except OSError as error:  # another worker was faster, or the folder is not ours to touch
        _log.info("A worker folder was left alone: %s", error.strerror)
        return False
    lock.release()
    return is_free
