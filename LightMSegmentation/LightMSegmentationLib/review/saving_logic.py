"""Handing files to the browser, which saves them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from LightMSegmentationLib.errors import UsageError
from LightMSegmentationLib.review.case import findings_of
from LightMSegmentationLib.review.saving import SavedForm, file_name, segmentation_bytes, written_bytes

if TYPE_CHECKING:
    from trame_server import Server

    from LightMSegmentationLib.review.case_logic import CaseLogic
    from LightMSegmentationLib.review.messages import Messages


class SavingLogic:
    """Answers the page's trigger ``lightm_save``, whose argument is the value of a `SavedForm`."""

    def __init__(self, server: Server, case: CaseLogic, messages: Messages) -> None:
        self._server = server
        self._case = case
        self._messages = messages
        server.controller.trigger("lightm_save")(self.file)

    async def file(self, ending: str) -> dict[str, Any] | None:
        """Return name and content of a file, or None when it can't be made; the page says why."""
        made: list[dict[str, Any]] = []
        with self._messages.explaining():
            made.append(await self._made(SavedForm(ending)))
        return made[0] if made else None

    async def _made(self, form: SavedForm) -> dict[str, Any]:
        case = self._case.case
        if case is None:
            cause = "No scan is open."
            raise UsageError(cause, "Open one first.")
        if form is SavedForm.SEGMENTATION:
            content = segmentation_bytes(self._case.desk.segmentation_node)
        else:
            labels = self._case.labels()
            findings = await asyncio.to_thread(findings_of, labels, case.prediction)
            content = await asyncio.to_thread(written_bytes, form, case, labels, findings)
        name = file_name(case, form)
        self._messages.say(f"{name} was handed to the browser.", "success")
        return {"name": name, "content": self._server.protocol.addAttachment(content)}
