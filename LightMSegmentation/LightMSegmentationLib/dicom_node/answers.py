"""Answers that reach who waits for them.

In pynetdicom two threads take messages off the queue of an association: the one that asked, and the association's own,
which looks for requests of the other side. It is asked to pause while an answer is awaited, but counts as paused from
just before its gate to just behind it (`Association._run_reactor` of 3.0). A thread that a busy computer suspends right
behind the gate takes the answer when it goes on and drops it as unexpected; the one that asked waits until its time is
up, and a file that was stored counts as not sent.
"""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pynetdicom.association import Association


class AnswerQueue(queue.Queue[Any]):
    """What the other side of an association says when only this side asks: it is for the thread that waits for it."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Return the next answer; who does not wait, as the association's own thread, never gets one."""
        if not block:
            raise queue.Empty
        return super().get(block, timeout)


def hear_every_answer(association: Association) -> None:
    """Keep the answers of an association for who asks; to be called before the first request."""
    association.dimse.msg_queue = AnswerQueue()
