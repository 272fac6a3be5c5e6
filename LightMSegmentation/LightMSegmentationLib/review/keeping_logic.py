"""Keeping edits: every few seconds while something changes, when the page goes away, and back at the next start."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from trame_slicer.app.logic import BaseLogic

from LightMSegmentationLib.file_lock import FileLock
from LightMSegmentationLib.review.case import input_key
from LightMSegmentationLib.review.saved_edits import SavedEdits, digest_of
from LightMSegmentationLib.review.state import SavingState

if TYPE_CHECKING:
    from pathlib import Path

    from trame_server import Server
    from trame_slicer.core import SlicerApp

    from LightMSegmentationLib.review.case import Case
    from LightMSegmentationLib.review.case_logic import CaseLogic

SECONDS_BETWEEN = 3.0
_SECONDS_FOR_THE_LAST_OWNER = 12.0


class KeepingLogic(BaseLogic[SavingState]):
    """Owns the kept edits of the open scan; a lock makes sure that no other session writes them."""

    def __init__(self, server: Server, slicer_app: SlicerApp, case: CaseLogic, folder: Path) -> None:
        super().__init__(server, slicer_app, SavingState)
        self._case = case
        self._folder = folder
        self._edits: SavedEdits | None = None
        self._lock: FileLock | None = None
        self._is_dirty = False
        self._known = ""
        self._writing = asyncio.Lock()
        case.touched.connect(self._on_touched)

    async def take_over(self, case: Case) -> tuple[Case, bool]:
        """Become the owner of the scan's edits; return the case with its kept prediction, and whether edits are kept.

        A scan that is open in another browser is shown all the same, and its edits are not kept.
        """
        self.release()
        key = await asyncio.to_thread(input_key, case.scan.volume)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(self._folder / f"{key}.lock")
        if not await _acquired(lock):
            self._edits = None
            return case, False
        self._lock, self._edits = lock, SavedEdits(self._folder, key)
        prediction = self._edits.read_prediction(case.scan.volume.grid)
        if case.prediction is None and prediction is not None:
            case = replace(case, prediction=prediction)
        return case, True

    def restore(self) -> bool:
        """Bring kept edits back into the segments of the open case; return whether there were any."""
        kept = None if self._edits is None else self._edits.read()
        self.data.restored = ""
        if kept is None:
            return False
        segments, when = kept
        self._case.desk.restore(segments)
        self.data.restored = f"Edits of {time.strftime('%B %d, %H:%M', time.localtime(when))} were restored."
        self._is_dirty = False
        return True

    def forget(self) -> None:
        """Drop the kept edits: they were saved for good, or are not wanted."""
        self.data.restored = self.data.kept = ""
        self._is_dirty = False
        if self._edits is not None:
            self._edits.forget()

    async def begin(self) -> None:
        """Take the segments as they are for unedited, and store the prediction that edits are compared with."""
        case = self._case.case
        self._is_dirty = False
        self._known = await asyncio.to_thread(digest_of, self._case.desk.segments())
        if self._edits is not None and case is not None and case.prediction is not None:
            await asyncio.to_thread(self._edits.write_prediction, case.prediction)

    async def keep(self) -> None:
        """Store the segments, if something happened since the last time."""
        if not self._is_dirty or self._edits is None or self._case.case is None:
            return
        async with self._writing:
            self._is_dirty = False
            edits, segments = self._edits, self._case.desk.segments()
            try:
                digest = await asyncio.to_thread(digest_of, segments)
                if digest == self._known:
                    return
                await asyncio.to_thread(edits.write, segments)
            except BaseException:
                self._is_dirty = True
                raise
            self._known = digest
        self.data.kept = f"Edits kept at {time.strftime('%H:%M:%S')}"
        self.state.flush()

    async def keep_on(self) -> None:
        """Keep every few seconds, until cancelled; a failure is told once and tried again."""
        while True:
            await asyncio.sleep(SECONDS_BETWEEN)
            try:
                await self.keep()
            except Exception as error:
                self.data.kept = f"Edits could not be kept: {error}"
                self.state.flush()

    def release(self) -> None:
        """Let another session have the scan."""
        if self._lock is not None:
            self._lock.release()
        self._lock = self._edits = None
        self._is_dirty = False

    def _on_touched(self) -> None:
        self._is_dirty = True


async def _acquired(lock: FileLock) -> bool:
    """Take the lock; a session that is just ending gets time to write its last edits."""
    deadline = time.monotonic() + _SECONDS_FOR_THE_LAST_OWNER
    while not lock.acquire():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.25)
    return True
