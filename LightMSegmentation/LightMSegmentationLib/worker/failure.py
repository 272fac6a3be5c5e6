"""Exceptions as messages between the processes, and back."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from LightMSegmentationLib import errors
from LightMSegmentationLib.explanation import MEMORY_ADVICE, as_lightm_error
from LightMSegmentationLib.worker.protocol import Failed

if TYPE_CHECKING:
    from LightMSegmentationLib.progress import Stage


class WorkerCrashedError(errors.LightMError):
    """The worker process ended without an answer; the next request starts a new one."""

    code = "worker-crashed"


class JobCancelledError(errors.CancelledError):
    """The user stopped a job of the worker; the message says what was kept."""

    def __init__(self, cause: str, advice: str) -> None:
        errors.LightMError.__init__(self, cause, advice)


class WorkerTraceback(Exception):  # noqa: N818 - it carries text from the other process and is never raised on its own
    """What the worker printed about a failure; the cause of the exception that the client raises."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


_KINDS: dict[str, Callable[[str, str], errors.LightMError]] = {
    kind.code: kind
    for kind in (
        errors.UsageError,
        errors.UnusableInputError,
        errors.ModelError,
        errors.ResourceError,
        WorkerCrashedError,
        JobCancelledError,
    )
}


def failed(error: BaseException, job: int | None, stage: Stage | None = None) -> Failed:
    """Return the message about an exception that ended a job in ``stage``."""
    known = as_lightm_error(error)
    details = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return Failed(job, known.code, stage.value if stage else None, known.cause, known.advice, details)


def crashed(returncode: int | None, job: int | None, output: str) -> Failed:
    """Return the message about a worker that ended without an answer; ``output`` is what it printed last.

    ``returncode`` is the exit code, or the negative number of the signal that ended the process, None when unknown.
    """
    killed = returncode == -getattr(signal, "SIGKILL", 9)
    advice = (
        "The system may have run out of memory. " + MEMORY_ADVICE if killed else "Try again; a new process is started."
    )
    return Failed(
        job,
        WorkerCrashedError.code,
        None,
        f"The segmentation process ended {describe_exit(returncode)}.",
        advice,
        output,
    )


def describe_exit(returncode: int | None) -> str:
    """Return how a process ended, for the middle of a sentence."""
    if returncode is None:
        return "unexpectedly"
    if returncode >= 0:
        return f"with exit code {returncode}"
    try:
        return f"by signal {-returncode} ({signal.Signals(-returncode).name})"
    except ValueError:
        return f"by signal {-returncode}"


def as_exception(message: Failed) -> errors.LightMError:
    """Return the exception that a message stands for, caused by the worker's traceback."""
    error = _KINDS.get(message.code, errors.InternalError)(message.cause, message.advice)
    if message.details:
        error.__cause__ = WorkerTraceback(message.details)
    return error
