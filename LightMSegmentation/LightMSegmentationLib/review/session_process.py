"""The process of one reviewer's session, as the gateway holds it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from LightMSegmentationLib.errors import InternalError
from LightMSegmentationLib.private_folder import PrivateFolder
from LightMSegmentationLib.review.uploads import UploadFolder

if TYPE_CHECKING:
    from LightMSegmentationLib.review.session_settings import SessionSettings

SECRET_HEADER = "X-LightM-Session"
PAGE_CAME, PAGE_LEFT = b"+", b"-"
"""What the process is told on its standard input, after the line with its settings."""

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]
_SECONDS_TO_END = 10.0
_LAST_WORDS = 2000


class SessionProcess:
    """Starts the process at once; `ready` waits for it. It ends by itself, edits saved, when this process dies."""

    def __init__(self, settings: SessionSettings) -> None:
        self.secret = secrets.token_hex(32)
        self.connections = 0
        self._folder = PrivateFolder()
        uploads = self._folder.path / "uploads"
        uploads.mkdir()
        self.uploads = UploadFolder(uploads)
        self._log = self._folder.path / "session.log"
        self._process: asyncio.subprocess.Process | None = None
        self._started = asyncio.ensure_future(self._start(replace(settings, secret=self.secret, uploads=str(uploads))))

    @property
    def address(self) -> str:
        """Where the process answers, once it is `ready`."""
        return f"http://127.0.0.1:{self._started.result()}"

    @property
    def is_ready(self) -> bool:
        """Whether the process answers."""
        return self._started.done() and not self._started.exception() and not self.has_ended

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone, or never came up."""
        if self._process is not None and self._process.returncode is not None:
            return True
        return self._started.done() and self._started.exception() is not None

    async def ready(self) -> None:
        """Wait until the process answers.

        Raises
        ------
        InternalError
            When it ended instead.
        """
        await asyncio.shield(self._started)

    def page_came(self) -> None:
        """Count one more page that is open."""
        self.connections += 1
        self._tell(PAGE_CAME)

    def page_left(self) -> None:
        """Count one less; the process keeps edits at once when it was the last: the browser may not come back."""
        self.connections -= 1
        if not self.connections:
            self._tell(PAGE_LEFT)

    async def close(self) -> None:
        """End the process, edits saved, and remove what was sent to it."""
        with contextlib.suppress(InternalError, OSError):
            await self._started
        if self._process is not None and self._process.returncode is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                await asyncio.wait_for(self._process.wait(), _SECONDS_TO_END)
            except asyncio.TimeoutError:
                self._process.kill()
                await self._process.wait()
        self._folder.remove()

    def _tell(self, word: bytes) -> None:
        if self.is_ready and self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(word)

    async def _start(self, settings: SessionSettings) -> int:
        """Start the process and return the port that it answers on."""
        search_path = os.pathsep.join(filter(None, (str(_PACKAGE_PARENT), os.environ.get("PYTHONPATH"))))
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "LightMSegmentationLib.review.session"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONPATH": search_path, "PYTHONUTF8": "1"},
                start_new_session=True,  # Ctrl-C is for the gateway, which then closes this process in order
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(settings.to_line().encode())
        await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        if not line:
            await self._process.wait()
            raise InternalError("The review session did not start.", self._last_words())  # noqa: EM101
        return int(json.loads(line)["port"])

    def _last_words(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")[-_LAST_WORDS:].strip()
