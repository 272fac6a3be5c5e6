"""The one sentence that the page shows to the reviewer."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trame_slicer.app.logic import BaseLogic

from LightMSegmentationLib.errors import CancelledError
from LightMSegmentationLib.explanation import explained
from LightMSegmentationLib.review.state import MessageState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trame_server import Server
    from trame_slicer.core import SlicerApp

_log = logging.getLogger(__name__)


class Messages(BaseLogic[MessageState]):
    """Says things; a later sentence replaces an earlier one."""

    def __init__(self, server: Server, slicer_app: SlicerApp) -> None:
        super().__init__(server, slicer_app, MessageState)

    def say(self, text: str, kind: str = "info") -> None:
        """Show a sentence; ``kind`` is info, success, warning or error."""
        self.data.text, self.data.kind, self.data.shown = text, kind, True
        self.state.flush()

    def be_silent(self) -> None:
        """Take the sentence away."""
        self.data.shown = False
        self.state.flush()

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
