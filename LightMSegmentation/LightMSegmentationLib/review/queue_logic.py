"""Going through the cases of a batch: one at a time, leased to this browser."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from trame_server.utils.asynchronous import create_task
from trame_slicer.app.logic import BaseLogic

from LightMSegmentationLib.batch.review_ledger import LEASE_SECONDS, Decision
from LightMSegmentationLib.review.review_queue import decided
from LightMSegmentationLib.review.saving import write_segmentation
from LightMSegmentationLib.review.state import QueueRow, QueueState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trame_server import Server
    from trame_slicer.core import SlicerApp

    from LightMSegmentationLib.review.case import Case
    from LightMSegmentationLib.review.case_logic import CaseLogic
    from LightMSegmentationLib.review.keeping_logic import KeepingLogic
    from LightMSegmentationLib.review.messages import Messages
    from LightMSegmentationLib.review.review_queue import QueuedCase, ReviewQueue


class QueueLogic(BaseLogic[QueueState]):
    """The queue of this session; ``open_case`` shows what is its turn."""

    def __init__(
        self,
        server: Server,
        slicer_app: SlicerApp,
        case: CaseLogic,
        keeping: KeepingLogic,
        messages: Messages,
        open_case: Callable[[Case], Awaitable[None]],
    ) -> None:
        super().__init__(server, slicer_app, QueueState)
        self._case = case
        self._keeping = keeping
        self._messages = messages
        self._open_case = open_case
        self._queue: ReviewQueue | None = None
        self._holder = ""
        self._is_turning = False
        self.is_watched = True
        server.controller.trigger("lightm_open_queued")(self.open_named)

    async def start(self, queue: ReviewQueue, holder: str) -> None:
        """Show the first case that waits."""
        self._queue, self._holder = queue, holder
        self.data.is_shown = True
        await self.go_on()

    def close(self) -> None:
        """Give the case back."""
        if self._queue is not None:
            self._queue.reviews.release(self._holder)
            self._queue.close()

    async def go_on(self) -> None:
        """Open the next case that waits, after the current one where that still does; tell when there is none."""
        assert self._queue is not None
        names = self._queue.order()
        current = self.data.current
        start = names.index(current) + 1 if current in names else 0
        await self._turn_to(lambda queue: queue.reviews.lease_first(names[start:] + names[:start], self._holder))

    async def open_named(self, name: str) -> None:
        """Open a case of the list, decided or not, unless another browser has it."""
        self.data.is_list_shown = False
        if self._queue is not None and name in self._queue.entries and name != self.data.current:
            await self._turn_to(lambda queue: name if queue.reviews.lease(name, self._holder) else None)

    async def accept(self) -> None:
        """Say that the prediction is right."""
        if self._case.data.is_edited:
            self._messages.say("You changed this case: save the correction, or undo your changes first.", "warning")
            return
        await self._decide(Decision.ACCEPTED)

    async def correct(self) -> None:
        """Say that the segments, as they are now, are right; they are written into the batch's folder."""
        if not self._case.data.is_edited:
            self._messages.say("Nothing was changed: accept the case, or correct it first.", "warning")
            return
        await self._decide(Decision.CORRECTED)

    async def reject(self) -> None:
        """Say that the case can't be used; the note says why."""
        if not self.data.note.strip():
            self._messages.say("Say in the note why this case is rejected.", "warning")
            return
        await self._decide(Decision.REJECTED)

    async def renew(self) -> None:
        """Keep the lease alive while the page is open somewhere; runs until it is cancelled."""
        while True:
            await asyncio.sleep(LEASE_SECONDS / 4)
            if self._queue is not None and self.data.current and self.is_watched:
                with self._messages.explaining():
                    if not self._queue.reviews.renew(self.data.current, self._holder):
                        self._messages.say("Another browser has this case by now.", "warning")
                    self._show()

    async def _decide(self, decision: Decision) -> None:
        if self._queue is None or not self.data.current or self._is_turning or self._case.data.is_loading:
            return
        with self._messages.explaining():
            name = self.data.current
            if not self._queue.reviews.lease(name, self._holder):
                self._messages.say("Another browser has this case by now; nothing was stored.", "warning")
                return
            if decision is Decision.CORRECTED:
                place = self._queue.place_for_correction(name)
                write_segmentation(self._case.desk.segmentation_node, place)
            self._queue.decide(name, decision, self.data.note.strip(), self._holder)
            self._keeping.forget()
            create_task(self.go_on())

    async def _turn_to(self, lease: Callable[[ReviewQueue], str | None]) -> None:
        queue = self._queue
        if queue is None or self._is_turning:
            return
        self._is_turning = True
        try:
            with self._messages.explaining():
                await self._keeping.keep()
                name = lease(queue)
                if name is None:
                    self._show()
                    self._messages.say("No other case is waiting for you.")
                    return
                self._case.data.is_loading = True
                self.data.current = name
                self._show()
                review = queue.reviews.reviews().get(name)
                self.data.note = review.note if review else ""
                self.state.flush()
                await self._open_case(await asyncio.to_thread(queue.read, name, review))
        finally:
            self._is_turning = False
            self._case.data.is_loading = False
            self.state.flush()

    def _show(self) -> None:
        assert self._queue is not None
        cases = self._queue.cases(self._holder)
        self.data.rows = [_row(case, number) for number, case in enumerate(cases, start=1)]
        self.data.decided, self.data.total = decided(cases), len(cases)
        self.state.flush()


def _row(case: QueuedCase, number: int) -> QueueRow:
    decision = case.review.decision.value if case.review else ""
    return QueueRow(case.name, f"{number}. {case.name}", decision, f"{case.uncertainty:.0%}", case.is_taken)
