"""What an exception of any library means to a person: a `LightMError` with a sentence, advice and an exit code."""

from __future__ import annotations

import errno
import re
import traceback

from LightMSegmentationLib.codec import MalformedError
from LightMSegmentationLib.errors import (
    InternalError,
    LightMError,
    ModelError,
    ResourceError,
    UnusableInputError,
    UsageError,
)

_DISK_FULL = frozenset(getattr(errno, name) for name in ("ENOSPC", "EFBIG", "EDQUOT") if hasattr(errno, name))
_NOT_ALLOWED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG})

#: How libraries that raise RuntimeError say that memory ran out (PyTorch's CPU allocator and CUDA, ITK, C++).
_NO_MEMORY = re.compile(r"out of memory|(can't|cannot|failed to) allocate|not enough memory|bad.alloc", re.IGNORECASE)
MEMORY_ADVICE = "Close other programs, choose the fast mode or the CPU, or cut the scan to the region around the liver."
_REPORT_ADVICE = "Please report this with the details."


def as_lightm_error(error: BaseException) -> LightMError:
    """Return the error with cause and advice that an exception means to the user."""
    if isinstance(error, MalformedError):
        cause = f"A request could not be understood: {error}."
        return UsageError(cause, "Use the same version of LightMUNet on both sides.")
    unexpected = f"Something unexpected happened ({type(error).__name__}: {error})."
    return explained(error) or InternalError(unexpected, _REPORT_ADVICE)


def stack_of(error: BaseException) -> str:
    """Return an exception's kind and stack for a log, without its text: that may name a patient's file."""
    return "".join([f"{type(error).__name__}\n", *traceback.format_tb(error.__traceback__)])


def explained(error: BaseException) -> LightMError | None:
    """Return ``error`` as an error for people, or None where only a developer can say what it means."""
    if isinstance(error, LightMError):
        return error
    if _is_out_of_memory(error):
        return ResourceError("There is not enough memory for this run.", MEMORY_ADVICE)
    if isinstance(error, ImportError):
        return _of_import_error(error)
    if isinstance(error, OSError):
        return _of_os_error(error)
    return None


def _is_out_of_memory(error: BaseException) -> bool:
    """Tell whether memory ran out; torch's own class is known by its name, and its CPU allocator only by its text."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and _NO_MEMORY.search(str(error)) is not None


def _of_import_error(error: ImportError) -> ModelError | None:
    package = (error.name or "").split(".")[0]
    if package == "LightMSegmentationLib":
        return None
    state = "is not installed" if isinstance(error, ModuleNotFoundError) else f"can't be loaded ({error})"
    cause = f"The Python package '{package}' {state}." if package else f"A Python package {state}."
    return ModelError(cause, "'lightm doctor', or in Slicer the section Environment, says what is missing.")


def _of_os_error(error: OSError) -> LightMError | None:
    place = f" '{error.filename}'" if error.filename else ""
    if error.errno in _DISK_FULL:
        return ResourceError(f"The disk is full ({error.strerror}).", "Free some space or choose another folder.")
    if error.errno in _NOT_ALLOWED:
        return UnusableInputError(f"The file or folder{place} can't be used: {error.strerror}.", "Choose another one.")
    return None
