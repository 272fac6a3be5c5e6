"""What exceptions mean to people."""

from __future__ import annotations

import errno

import pytest
from LightMSegmentationLib import errors
from LightMSegmentationLib.codec import MalformedError
from LightMSegmentationLib.explanation import as_lightm_error
from LightMSegmentationLib.progress import Stage
from LightMSegmentationLib.worker.failure import WorkerCrashedError, as_exception, crashed, failed


class OutOfMemoryError(RuntimeError):
    """What torch raises for CUDA; known by its name, because torch is not imported for it."""


def missing(module: str) -> ModuleNotFoundError:
    return ModuleNotFoundError(f"No module named {module!r}", name=module)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (MemoryError(), "out-of-resources", "memory"),
        (OutOfMemoryError("CUDA out of memory."), "out-of-resources", "memory"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "out-of-resources", "memory"),
        (RuntimeError("std::bad_alloc"), "out-of-resources", "memory"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "out-of-resources", "memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "out-of-resources", "The disk is full"),
        (missing("torch"), "environment-or-model", "'torch' is not installed"),
        (missing("numba.core"), "environment-or-model", "'numba' is not installed"),
        (ImportError("DLL load failed"), "environment-or-model", "can't be loaded .*DLL load failed"),
        (MalformedError("probe: missing settings"), "usage", "probe: missing settings"),
        (RuntimeError("shape mismatch"), "internal", "RuntimeError: shape mismatch"),
        (OSError(errno.EIO, "I/O error"), "internal", "I/O error"),
    ],
)
def test_every_exception_has_a_code_a_cause_and_advice(error: Exception, code: str, words: str) -> None:
    known = as_lightm_error(error)
    assert known.code == code
    assert known.advice
    with pytest.raises(errors.LightMError, match=words):
        raise known


def test_our_own_errors_stay_what_they_are() -> None:
    cause = "a.nii.gz is empty."
    error = errors.UnusableInputError(cause, "Copy it again.")
    assert as_lightm_error(error) is error


def test_a_message_holds_stage_and_traceback() -> None:
    try:
        [].pop()
    except IndexError as error:
        message = failed(error, 4, Stage.EXPORT)
    assert (message.id, message.code, message.stage) == (4, "internal", "export")
    assert "IndexError: pop from empty list" in message.details
    assert __file__ in message.details


@pytest.mark.parametrize(
    "kind", [errors.UsageError, errors.UnusableInputError, errors.ModelError, errors.ResourceError, WorkerCrashedError]
)
def test_an_error_comes_back_as_what_it_was(kind: type[errors.LightMError]) -> None:
    error = as_exception(failed(kind("Cause.", "Advice."), 1))
    assert type(error) is kind
    assert (error.cause, error.advice, error.exit_code) == ("Cause.", "Advice.", kind.exit_code)


def test_cancelling_comes_back_as_cancelling() -> None:
    error = as_exception(failed(errors.CancelledError(), 1))
    assert isinstance(error, errors.CancelledError)
    assert error.exit_code == 130


def test_an_unknown_code_is_an_internal_error() -> None:
    error = as_exception(failed(RuntimeError("odd"), 1))
    assert type(error) is errors.InternalError


def test_a_kill_by_the_system_speaks_of_memory() -> None:
    assert "out of memory" in crashed(-9, 1, "").advice
    assert "memory" not in crashed(1, 1, "").advice
