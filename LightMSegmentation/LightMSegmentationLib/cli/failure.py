"""What an exception of any library means to a person: a `LightMError` with a sentence and an exit code."""

from __future__ import annotations

import errno

from LightMSegmentationLib.errors import LightMError, ModelError, ResourceError, UnusableInputError

_DISK_FULL = frozenset(getattr(errno, name) for name in ("ENOSPC", "EFBIG", "EDQUOT") if hasattr(errno, name))
_NOT_ALLOWED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG})

#: How libraries that raise RuntimeError say that memory ran out (PyTorch's CPU allocator and CUDA, ITK, C++).
_MEMORY_PHRASES = (
    "can't allocate memory",
    "not enough memory",
    "out of memory",
    "failed to allocate memory",
    "bad allocation",
    "bad_alloc",
    "cannot allocate memory",
)


def explained(error: BaseException) -> LightMError | None:
    """Return ``error`` as an error for people, or None where only a developer can say what it means."""
    if isinstance(error, LightMError):
        return error
    if isinstance(error, MemoryError) or _says_memory(error):
        return _out_of_memory()
    if isinstance(error, ImportError) and not (error.name or "").startswith("LightMSegmentationLib"):
        state = "is not installed" if isinstance(error, ModuleNotFoundError) else f"can't be loaded ({error})"
        cause = f"The Python package '{error.name}' {state}."
        return ModelError(cause, "Install lightm again; 'lightm doctor' lists what is missing.")
    if isinstance(error, OSError):
        return _of_os_error(error)
    return None


def _says_memory(error: BaseException) -> bool:
    return isinstance(error, RuntimeError) and any(phrase in str(error).lower() for phrase in _MEMORY_PHRASES)


def _of_os_error(error: OSError) -> LightMError | None:
    place = f" '{error.filename}'" if error.filename else ""
    if error.errno == errno.ENOMEM:
        return _out_of_memory()
    if error.errno in _DISK_FULL:
        cause = f"The disk is full ({error.strerror}), so nothing was written."
        return ResourceError(cause, "Free some space or choose another folder with -o.")
    if error.errno in _NOT_ALLOWED:
        return UnusableInputError(f"The file or folder{place} can't be used: {error.strerror}.", "Choose another one.")
    return None


def _out_of_memory() -> ResourceError:
    cause = "There is not enough memory for this run, so nothing was written."
    return ResourceError(cause, "Close other programs, use --mode fast, or crop or resample the scan.")
