"""A signal stops a command as a cancellation that Python itself can't mistake for an unhandled Ctrl-C."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from LightMSegmentationLib.interruption import interruptible

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")


def interrupted_by(number: signal.Signals) -> tuple[BaseException, threading.Event]:
    with interruptible() as stopped:
        try:
            signal.raise_signal(number)
        except KeyboardInterrupt as error:
            return error, stopped
    pytest.fail("nothing was raised")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_is_an_interrupt_but_not_the_one_for_which_python_ends_itself_by_a_signal(number: signal.Signals) -> None:
    error, stopped = interrupted_by(number)
    assert isinstance(error, KeyboardInterrupt)
    assert type(error) is not KeyboardInterrupt
    assert stopped.is_set()


def test_handlers_are_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    interrupted_by(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
