"""The one sentence that the page shows to the reviewer."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trame_server.utils.asynchronous import create_task
from trame_slicer.app.logic import BaseLogic

from LightMSegmentationLib.errors import CancelledError
from LightMSegmentationLib.explanation import explained
from LightMSegmentationLib.review.state import MessageState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trame_server import Server
    from trame_slicer.core import SlicerApp

_SECONDS_OF_GOOD_NEWS = 8.0

_log = logging.getLogger(__name__)


class Messages(BaseLogic[MessageState]):
    """Says things; a later sentence replaces an earlier one."""

    def __init__(self, server: Server, slicer_app: SlicerApp) -> None:
        super().__init__(server, slicer_app, MessageState)
        self._said = 0

    def say(self, text: str, kind: str = "info") -> None:
        """Show a sentence; ``kind`` is info, success, warning or error. Good news goes away by itself."""
        self.data.text, self.data.kind, self.data.shown = text, kind, True
        self.state.flush()
        self._said += 1
        if kind == "success":
            create_task(self._take_away(self._said))

    def be_silent(self) -> None:
        """Take the sentence away."""
        self.data.shown = False
        self.state.flush()

    async def _take_away(self, number: int) -> None:
        await asyncio.sleep(_SECONDS_OF_GOOD_NEWS)
        if number == self._said:
            self.be_silent()

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Turn what goes wrong inside into a sentence, and go on after it."""
        try:
            yield
        except CancelledError:
            self.say("Cancelled. Nothing was changed.")
        except Exception as error:
            known = explained(error)
            if known is None:
                _log.exception("Unexpected in a review session")
            self.say(str(known or f"Something went wrong ({type(error).__name__}: {error})."), "error")
