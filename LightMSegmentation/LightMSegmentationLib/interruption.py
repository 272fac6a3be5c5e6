"""Ctrl-C and a polite kill: both end the run as a cancellation, so that every ``finally`` cleans up."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))


class StoppedError(KeyboardInterrupt):
    """The command was told to stop.

    Python ends itself by SIGINT, whatever exit code it was given, once a plain KeyboardInterrupt passed through code
    that an extension module runs while it is being imported, even where it was caught later. It takes no subclass so.
    """


@contextlib.contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Raise a KeyboardInterrupt in the main thread at the first signal; ignore later ones while it cleans up.

    Yields an event that is set from the first signal on: a library that is interrupted while it is being imported may
    turn the KeyboardInterrupt into an error of its own.
    """
    stopped = threading.Event()

    def cancel(_number: int, _frame: FrameType | None) -> None:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        stopped.set()
        raise StoppedError

    with _handling(cancel):
        yield stopped


@contextlib.contextmanager
def uninterruptible() -> Iterator[None]:
    """Hold signals back during the few file renames that must happen together; they count right after."""
    held: list[int] = []

    def hold(number: int, _frame: FrameType | None) -> None:
        held.append(number)

    with _handling(hold):
        yield
    if held:
        signal.raise_signal(held[0])


@contextlib.contextmanager
def _handling(handler: object) -> Iterator[None]:
    """Install a handler for all signals that end a command; only the main thread may, others go without.

    A signal that the caller chose to ignore (``nohup``, a shell's background job) stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    taken = [number for number, handling in before.items() if handling is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, handler)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, before[number])
